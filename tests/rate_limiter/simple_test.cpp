// The short way of a decision, beside the long one: a configuration that comes with the call is never
// taken the short way.
#include <map>
#include <random>

#include "limiter_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

const std::array configs = {bucket(10, 1s),
                            bucket(2.5, 333ms),
                            window(7, 1s),
                            [] {
                              auto aligned = window(3, 700ms);
                              aligned.start = t0 - 100ms;
                              aligned.capacity = 8;
                              return aligned;
                            }(),
                            RateLimitConfig{.kind = LimitKind::gcra, .rate = 3, .period = 1s},
                            RateLimitConfig{.kind = LimitKind::sliding_window, .rate = 6, .period = 1s}};

std::optional<LimitState> state_of(const RateLimiter& limiter, const std::string& key) {
  const auto rows = limiter.rows("calls", key);
  return rows.empty() ? std::nullopt : std::optional(rows.front().state);
}

} // namespace

TEST_CASE("The short way decides, answers and writes as the long one", "[limit]") {
  const auto seed = GENERATE(range(1u, 30u));
  const auto& config = configs[seed % configs.size()];
  CAPTURE(seed);
  std::mt19937 random(seed);
  RateTime now = t0;
  const auto options = [&] {
    return RateLimiterOptions{[&now] { return now; }, seeded_random_draws(seed), Compatibility::sane, 0, 1};
  };
  RateLimiter brief({{"calls", config}}, options());
  RateLimiter full({}, options());
  for (int i = 0; i < 500; ++i) {
    // Now and then the clock steps back.
    now += RateDuration{static_cast<double>(random() % 400) - 50 + 0.25};
    const auto key = std::to_string(random() % 3);
    LimitRequest request{.key = key, .count = static_cast<double>(random() % 9) / 4, .dry_run = random() % 8 == 0};
    const auto one = brief.limit("calls", request).value();
    request.config = config;
    const auto two = full.limit("calls", request).value();
    REQUIRE(one.ok == two.ok);
    REQUIRE(one.retry_after == two.retry_after);
    REQUIRE(one.limit == two.limit);
    REQUIRE(one.remaining == two.remaining);
    REQUIRE(one.reset_after == two.reset_after);
    REQUIRE(one.would_refuse == two.would_refuse);
    REQUIRE(state_of(brief, key) == state_of(full, key));
  }
}
