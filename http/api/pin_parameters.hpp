// The parameters of `pin` and `unpin` (spec §7.2). An operator's typing error must never
// mean something else, so what is not known is refused.
#pragma once

#include <string_view>

#include "sluice/flow_control.hpp"
#include "sluice/result.hpp"

namespace sluice::http {

/// Reads `parallelism`, `rate` and `period` (whole seconds). Error: `invalid_argument` for
/// a value out of range, for a parameter that is unknown or repeated, and for none at all.
Result<PinRequest> read_pin(std::string_view query);

/// Reads the flags `parallelism` and `rate`, each `true` or `false`; none means false.
/// Error: `invalid_argument` as above.
Result<UnpinRequest> read_unpin(std::string_view query);

} // namespace sluice::http
