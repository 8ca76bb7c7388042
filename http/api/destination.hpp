// Finds the destination of a publish in the target of the request (spec §2.1).
#pragma once

#include <string>
#include <string_view>

#include "http/api/target.hpp"
#include "sluice/result.hpp"

namespace sluice::http {

/// The URL that a publish names: `encoded` is the path behind `/v2/publish/`, to which
/// the query of `target` belongs but for the parameters of this server. Kept to the byte,
/// unless it came encoded as a whole or a proxy merged the slashes of its scheme.
///
/// Whether the URL itself is valid is left to the scheduler. Errors: `invalid_argument` for
/// what cannot be a destination, `not_found` for what could be the name of a URL group.
Result<std::string> read_destination(const Target& target, std::string_view encoded);

} // namespace sluice::http
