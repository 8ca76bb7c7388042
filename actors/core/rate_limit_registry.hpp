// The names of limits: a number for each, with which rows are found, and the configuration
// of those that have one.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "actors/core/rate_limit_table.hpp"
#include "sluice/result.hpp"

namespace sluice::core {

/// A name in use. The configuration was checked once, when it was set.
struct RegisteredLimit {
  std::string name;
  std::optional<RateLimitConfig> config{};
  std::optional<RateLimitConfig> last_config{}; ///< What it had before it was dropped: buckets go on filling up.
  Result<std::uint32_t> shards = 1; ///< How many, or what is wrong with the configuration.
  /// Has a valid configuration with one bucket a key, which is updated within the call, in `Compatibility::sane`.
  bool is_simple = false;
  std::uint32_t shards_used = 0; ///< One above the highest shard that ever had a row.
};

class RateLimitRegistry {
public:
  RateLimitRegistry(Compatibility compatibility, std::uint64_t hash_seed);

  std::optional<LimitNumber> find(std::string_view name) const;
  /// The number of a name, a new one if it has none.
  LimitNumber add(std::string_view name);
  void define(std::string_view name, const RateLimitConfig& config);
  void drop(std::string_view name);

  const RegisteredLimit& operator[](LimitNumber number) const { return limits_[number]; }
  RegisteredLimit& operator[](LimitNumber number) { return limits_[number]; }

private:
  /// Where the limit of this name is, or would go: the table is never full.
  std::size_t place_of(std::string_view name) const;
  void grow();

  static constexpr LimitNumber none = UINT32_MAX;

  Compatibility compatibility_;
  TextHash text_hash_;
  std::deque<RegisteredLimit> limits_;
  std::vector<LimitNumber> numbers_; ///< By hash, with open addressing; a power of two, at most half full.
};

} // namespace sluice::core
