// The consumption of limits that are updated asynchronously, until it is applied (spec §8).
#pragma once

#include <deque>
#include <string>

#include "sluice/rate_limit.hpp"

namespace sluice::core {

/// Consumes `count` if there is a configuration, else forgets the bucket.
struct PendingUpdate {
  std::string name;
  std::optional<std::string> key;
  std::optional<RateLimitConfig> config;
  double count = 0;
  RateTime at{};

  bool is_reset() const { return !config; }
};

using PendingUpdates = std::deque<PendingUpdate>;

/// As many are applied in one batch.
inline constexpr std::size_t max_pending_batch = 1024;

/// One bucket while a batch is applied to it.
class PendingBucket {
public:
  explicit PendingBucket(const LimitState* existing);

  /// Never decides again: what was granted is charged, into debt if need be.
  void apply(const PendingUpdate& update, const RandomDraws& random);
  /// Empty if there is to be no row.
  const std::optional<LimitState>& state() const noexcept { return next_; }

private:
  RateTime not_before(RateTime at) const;

  std::optional<LimitState> existing_;
  std::optional<LimitState> next_;
};

} // namespace sluice::core
