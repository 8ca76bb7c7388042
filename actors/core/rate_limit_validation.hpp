// What is checked before a call looks at any state (spec §5, in that order).
#pragma once

#include <string_view>

#include "sluice/rate_limit.hpp"
#include "sluice/result.hpp"

namespace sluice::core {

inline constexpr double max_shards = 1024;
/// Of tokens, and of milliseconds: far from where arithmetic overflows, and a bucket would be lost.
inline constexpr double max_amount = 1e18;
inline constexpr RateDuration min_period = std::chrono::nanoseconds{1};

Error undefined_limit(std::string_view name);

/// Everything about a configuration that does not depend on the call, and the number of
/// shards. With `Compatibility::reference` only what the reference refuses.
Result<std::uint32_t> check_config(std::string_view name, const RateLimitConfig& config, Compatibility compatibility);

/// The shards as the reference rounds them; 0 and below is what it refuses.
double rounded_shards(const RateLimitConfig& config);

/// An amount of tokens from outside; `least` is 0, or `-max_amount` where gifts are possible.
Result<void> check_amount(const std::string& field, double amount, double least = 0);

/// Whether a call for `count` could ever succeed.
Result<void> check_count(std::string_view name, const RateLimitConfig& config, double shards, double count,
                         bool reserve, Compatibility compatibility);

} // namespace sluice::core
