// Which messages a bulk cancellation concerns (spec §2.6).
#pragma once

#include <string_view>

#include "sluice/message.hpp"
#include "sluice/result.hpp"

namespace sluice::http {

/// From the query, a JSON body, or both; all messages if neither selects any. Parameters that are
/// unknown or empty are refused, since without them the call would concern more than was meant; an
/// empty id names no message. Error: `invalid_argument` names the parameter.
Result<CancelFilter> read_cancel(std::string_view query, std::string_view body);

} // namespace sluice::http
