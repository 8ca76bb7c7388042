// What may be written to a destination. Asked when a message is accepted, and once more
// before every write, so that nothing injected is ever sent.
#pragma once

#include <string_view>

#include "sluice/message.hpp"
#include "sluice/result.hpp"

namespace sluice::core {

/// Says on a delivery how many deliveries there were in a row, itself included: a publish
/// that comes with it is one of its consequences. So a loop is noticed.
inline constexpr std::string_view hops_header = "Sluice-Hops";

/// Names must be tokens; values free of CR, LF, NUL and other control bytes but the tab.
/// Error: `invalid_argument`, which names the header.
Result<void> check_outgoing(const Headers& headers);

/// The target of a request line: printable ASCII that begins with `/`.
Result<void> check_outgoing_target(std::string_view target);

/// Headers that frame the request or its connection: the transport alone writes them, and
/// leaves out those that it is given.
bool belongs_to_transport(std::string_view name);

/// Headers that no user may set on a delivery: those of the transport, `User-Agent`,
/// `Sluice-Hops`, and every name that begins with `Upstash-`.
bool is_reserved_outgoing(std::string_view name);

} // namespace sluice::core
