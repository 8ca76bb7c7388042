// Many calls at once, beside the same calls one by one.
#include <algorithm>
#include <array>
#include <bit>
#include <random>

#include "limiter_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

NamedLimits limits_of_all_kinds() {
  auto sharded = bucket(10, 1s);
  sharded.shards = 4;
  auto later = bucket(5, 1s);
  later.update_mode = UpdateMode::asynchronously;
  return {{"bucket", bucket(3, 1s, 5)},
          {"window", window(4, 1s, std::nullopt)},
          {"cooldown", of_kind(LimitKind::gcra, 3, 1s)},
          {"sliding", of_kind(LimitKind::sliding_window, 6, 1s)},
          {"sharded", sharded},
          {"later", later}};
}

const std::array names = {"bucket", "window", "cooldown", "sliding", "sharded", "later", "undefined"};

// Few keys, so that many are there twice; some of them long, and nonsense among the requests.
std::vector<LimitRequest> random_requests(std::mt19937& random, const std::vector<std::string>& keys) {
  std::vector<LimitRequest> requests(random() % 60);
  for (auto& request : requests) {
    if (random() % 8 != 0)
      request.key = keys[random() % keys.size()];
    request.count = static_cast<double>(random() % 60) / 8 - 0.5;
    request.reserve = random() % 6 == 0;
    request.throws = random() % 4 == 0;
    request.dry_run = random() % 8 == 0;
    if (random() % 10 == 0)
      request.config = bucket(static_cast<double>(random() % 4), 1s);
  }
  return requests;
}

std::string text_of(const Result<LimitVerdict>& result) {
  if (!result)
    return result.error().field + ": " + result.error().message;
  std::string text = result->ok ? "ok" : "refused";
  for (const double number : {result->retry_after.value_or(RateDuration{-1}).count(), result->limit, result->remaining,
                              result->reset_after.count(), result->would_refuse ? 1.0 : 0.0})
    text += ' ' + std::to_string(std::bit_cast<std::uint64_t>(number));
  return text;
}

std::vector<LimitRow> sorted_rows(const RateLimiter& limiter) {
  auto rows = limiter.rows();
  std::ranges::sort(rows, {}, [](const LimitRow& row) { return std::tuple(row.name, row.key, row.shard); });
  return rows;
}

} // namespace

TEST_CASE("Many calls at once are answered and written as one by one", "[limit]") {
  const auto seed = GENERATE(range(1u, 60u));
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::vector<std::string> keys{
      "", "a", "b", "someone-else", std::string(24, 'k'), std::string(40, 'k'), std::string(40, 'k') + "!"};
  LimiterFixture at_once(limits_of_all_kinds(), Compatibility::sane, seed);
  LimiterFixture one_by_one(limits_of_all_kinds(), Compatibility::sane, seed);
  for (int round = 0; round < 20; ++round) {
    const auto* name = names[random() % names.size()];
    const auto requests = random_requests(random, keys);
    CAPTURE(name, round);
    const auto verdicts = at_once.limiter.limit_many(name, requests);
    REQUIRE(verdicts.size() == requests.size());
    for (std::size_t index = 0; index < requests.size(); ++index) {
      auto request = requests[index];
      request.throws = false;
      REQUIRE(text_of(verdicts[index]) == text_of(one_by_one.limiter.limit(name, request)));
    }
    at_once.limiter.apply_pending();
    one_by_one.limiter.apply_pending();
    REQUIRE(sorted_rows(at_once.limiter) == sorted_rows(one_by_one.limiter));
    const RateDuration passed{static_cast<double>(random() % 900) - 50};
    at_once.advance(passed);
    one_by_one.advance(passed);
  }
}

TEST_CASE("Many calls at once see one time", "[limit]") {
  int looks = 0;
  const auto clock = [&looks] { return t0 + RateDuration{1000.0 * looks++}; };
  RateLimiter limiter({{"calls", bucket(10, 1s)}}, {clock, seeded_random_draws(1), Compatibility::sane, 0, 1});
  const std::vector<LimitRequest> requests(25, for_key("somebody"));
  const auto verdicts = limiter.limit_many("calls", requests);
  CHECK(looks == 1);
  CHECK(std::ranges::count_if(verdicts, [](const auto& verdict) { return verdict->ok; }) == 10);
}

TEST_CASE("Many calls at once belong to the transaction that is open", "[limit]") {
  LimiterFixture fixture({{"calls", bucket(10, 1s)}});
  const std::vector<LimitRequest> requests(3, for_key("somebody"));
  {
    const auto transaction = fixture.limiter.begin();
    CHECK(fixture.limiter.limit_many("calls", requests).back()->remaining == 7);
  }
  CHECK(fixture.limiter.row_count() == 0);
}
