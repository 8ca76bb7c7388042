// The paths of the rate limits, which are not part of the QStash API.
#pragma once

#include "http/api/router.hpp"

namespace sluice::http {

/// `path` begins with `/v1`.
bool is_below_v1(std::string_view path);

/// Where a path below `/v1` leads.
///
/// `/v1/ratelimit/NAME` is the definition, `/v1/ratelimit/NAME/VERB` an operation on its buckets. The
/// name is one segment; encode the slashes in it.
Route route_below_v1(std::string_view method, std::string_view path);

} // namespace sluice::http
