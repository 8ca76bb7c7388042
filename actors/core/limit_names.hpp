// How configurations call the kinds of limits and what they survive.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "sluice/stored_limits.hpp"

namespace sluice::core {

/// In the order of LimitKind.
inline constexpr std::array<std::string_view, 4> limit_kinds = {"token bucket", "fixed window", "gcra",
                                                                "sliding window"};
/// In the order of LimitDurability.
inline constexpr std::array<std::string_view, 2> limit_durabilities = {"stored", "memory"};

inline std::string_view name_of(LimitKind kind) { return limit_kinds[static_cast<std::size_t>(kind)]; }
inline std::string_view name_of(LimitDurability durability) {
  return limit_durabilities[static_cast<std::size_t>(durability)];
}

/// Success for 1 to 256 bytes without control characters.
Result<void> check_limit_name(std::string_view name);
/// Success for up to 1024 bytes, or none.
Result<void> check_bucket_key(const std::optional<std::string>& key);

} // namespace sluice::core
