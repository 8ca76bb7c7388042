// Which addresses a message may be sent to. Names are not judged, for a name says nothing
// about where it leads: ask with the very address that is about to be connected to.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "actors/core/ip_address.hpp"
#include "sluice/result.hpp"

namespace sluice::core {

/// Immutable.
class AddressPolicy {
public:
  /// Permits public addresses, and those in a range of `allowed`.
  explicit AddressPolicy(std::vector<AddressRange> allowed = {}) : allowed_(std::move(allowed)) {}

  bool permits(const IpAddress& address) const;

private:
  std::vector<AddressRange> allowed_;
};

/// Reads what is allowed besides public addresses, separated by commas: addresses, ranges
/// such as `10.0.0.0/8` and `fd00::/8`, or `private` for everything. An empty text allows
/// nothing more. Error: `invalid_argument`, also for a range whose address has bits set
/// beyond its prefix, for then it is not clear what was meant.
Result<AddressPolicy> parse_allow_list(std::string_view text);

} // namespace sluice::core
