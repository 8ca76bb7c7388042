// A RateLimiter whose time stands still until the test moves it.
#pragma once

#include <memory>

#include <catch2/catch.hpp>

#include "sluice/rate_limiter.hpp"

namespace sluice::test {

using namespace std::chrono_literals;

inline const RateTime t0{RateDuration{1.75e12}};

class LimiterFixture {
public:
  explicit LimiterFixture(const NamedLimits& limits, Compatibility compatibility = Compatibility::sane,
                          std::uint64_t seed = 1)
      : limiter(limits, {[now = now_] { return *now; }, seeded_random_draws(seed), compatibility, 100, seed}) {}

  RateTime now() const { return *now_; }
  void advance(RateDuration time) { *now_ += time; }

  /// The verdict of a call that must not be an error.
  LimitVerdict limit(std::string_view name, const LimitRequest& request = {}) {
    const auto verdict = limiter.limit(name, request);
    INFO((verdict ? "" : verdict.error().message));
    REQUIRE(verdict);
    return *verdict;
  }
  LimitVerdict check(std::string_view name, const LimitRequest& request = {}) {
    const auto verdict = limiter.check(name, request);
    REQUIRE(verdict);
    return *verdict;
  }
  /// How many calls for one token are granted now.
  int granted(std::string_view name, std::optional<std::string_view> key = {}, int calls = 1000) {
    int count = 0;
    LimitRequest request;
    request.key = key;
    for (int i = 0; i < calls; ++i)
      count += limit(name, request).ok;
    return count;
  }
  /// The field that an error names; empty if there was none.
  std::string fault(std::string_view name, const LimitRequest& request = {}) {
    const auto verdict = limiter.limit(name, request);
    return verdict ? "" : verdict.error().field;
  }

private:
  std::shared_ptr<RateTime> now_ = std::make_shared<RateTime>(t0);

public:
  RateLimiter limiter;
};

inline RateLimitConfig bucket(double rate, RateDuration period, std::optional<double> capacity = {}) {
  RateLimitConfig config;
  config.rate = rate;
  config.period = period;
  config.capacity = capacity;
  return config;
}

inline RateLimitConfig window(double rate, RateDuration period, std::optional<RateTime> start = t0) {
  auto config = bucket(rate, period);
  config.kind = LimitKind::fixed_window;
  config.start = start;
  return config;
}

inline RateLimitConfig of_kind(LimitKind kind, double rate, RateDuration period) {
  auto config = bucket(rate, period);
  config.kind = kind;
  return config;
}

inline LimitRequest for_key(std::string_view key, double count = 1) {
  LimitRequest request;
  request.key = key;
  request.count = count;
  return request;
}

inline LimitRequest of_count(double count) {
  LimitRequest request;
  request.count = count;
  return request;
}

inline LimitRequest reserving(double count) {
  auto request = of_count(count);
  request.reserve = true;
  return request;
}

} // namespace sluice::test
