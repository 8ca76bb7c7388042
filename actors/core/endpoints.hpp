// How the endpoints of a URL group change (spec §2.9).
#pragma once

#include <vector>

#include "sluice/url_group.hpp"

namespace sluice::core {

/// An endpoint whose name is known gets the new URL, one whose URL is known gets the new name; any other is added
/// at the end. No URL is in `endpoints` twice.
void put(std::vector<Endpoint>& endpoints, const Endpoint& one);

/// Removes what has every part that `which` names.
void remove(std::vector<Endpoint>& endpoints, const EndpointSelector& which);

} // namespace sluice::core
