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
  std::string name{};
  std::optional<RateLimitConfig> config{};
  std::optional<RateLimitConfig> last_config{}; ///< What it had before it was dropped: buckets go on filling up.
  Result<std::uint32_t> shards = 1; ///< How many, or what is wrong with the configuration.
  /// Has a valid configuration with one bucket a key, which is updated within the call, in `Compatibility::sane`.
  bool is_simple = false;
  /// Configurations that came with calls and wrote rows, in the order of their numbers.
  struct Writer {
    RateLimitConfig config;
    std::uint32_t shards;
  };
  std::vector<Writer> writers{};
  bool is_free = false; ///< No name has this number.

  /// By which buckets of the limit go on.
  const std::optional<RateLimitConfig>& own_config() const { return config ? config : last_config; }
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
  /// The number of a configuration that came with a call; unknown if there are too many.
  ConfigNumber writer(LimitNumber limit, const RateLimitConfig& config);
  /// Of one shard, what wrote a row: the limit's own configuration, also after it was dropped, or one that came with a
  /// call. Empty if it is not known.
  std::optional<RateLimitConfig> share_of_writer(LimitNumber limit, ConfigNumber writer) const;
  /// Forgets a name that has neither rows nor a configuration; its number is given to another one.
  void forget(LimitNumber number);
  bool is_free(LimitNumber number) const { return limits_[number].is_free; }
  std::size_t numbers() const { return limits_.size(); }

  const RegisteredLimit& operator[](LimitNumber number) const { return limits_[number]; }
  RegisteredLimit& operator[](LimitNumber number) { return limits_[number]; }

private:
  /// Where the limit of this name is, or would go: the table is never full.
  std::size_t place_of(std::string_view name) const;
  void grow();
  LimitNumber new_number(std::string_view name);

  static constexpr LimitNumber none = UINT32_MAX;

  Compatibility compatibility_;
  TextHash text_hash_;
  std::deque<RegisteredLimit> limits_;
  std::vector<LimitNumber> free_;
  std::vector<LimitNumber> numbers_; ///< By hash, with open addressing; a power of two, at most half full.
};

} // namespace sluice::core
