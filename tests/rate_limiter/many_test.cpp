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

// Few different ones, so that many are there twice; some of them long.
std::vector<std::string_view> random_keys(std::mt19937& random) {
  static const std::vector<std::string> keys{
      "", "a", "b", "someone-else", std::string(24, 'k'), std::string(40, 'k'), std::string(40, 'k') + "!"};
  std::vector<std::string_view> chosen(random() % 90);
  for (auto& key : chosen)
    key = keys[random() % keys.size()];
  return chosen;
}

// Nonsense among them.
LimitRequest random_request(std::mt19937& random) {
  LimitRequest request;
  request.count = static_cast<double>(random() % 60) / 8 - 0.5;
  request.reserve = random() % 6 == 0;
  request.throws = random() % 4 == 0;
  request.dry_run = random() % 8 == 0;
  if (random() % 10 == 0)
    request.config = bucket(static_cast<double>(random() % 4), 1s);
  return request;
}

std::string text_of(const LimitVerdict& verdict) {
  std::string text = verdict.ok ? "ok" : "refused";
  for (const double number : {verdict.retry_after.value_or(RateDuration{-1}).count(), verdict.limit, verdict.remaining,
                              verdict.reset_after.count(), verdict.would_refuse ? 1.0 : 0.0})
    text += ' ' + std::to_string(std::bit_cast<std::uint64_t>(number));
  return text;
}

std::string text_of(const Error& error) { return error.field + ": " + error.message; }

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
  LimiterFixture at_once(limits_of_all_kinds(), Compatibility::sane, seed);
  LimiterFixture one_by_one(limits_of_all_kinds(), Compatibility::sane, seed);
  for (int round = 0; round < 20; ++round) {
    const auto* name = names[random() % names.size()];
    const auto keys = random_keys(random);
    auto request = random_request(random);
    CAPTURE(name, round);
    const auto verdicts = at_once.limiter.limit_many(name, keys, request);
    request.throws = false;
    for (std::size_t index = 0; index < keys.size(); ++index) {
      request.key = keys[index];
      const auto verdict = one_by_one.limiter.limit(name, request);
      REQUIRE(verdict.has_value() == verdicts.has_value());
      REQUIRE((verdict ? text_of(*verdict) : text_of(verdict.error())) ==
              (verdict ? text_of((*verdicts)[index]) : text_of(verdicts.error())));
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
  const std::vector<std::string_view> keys(25, "somebody");
  const auto verdicts = limiter.limit_many("calls", keys);
  CHECK(looks == 1);
  CHECK(std::ranges::count_if(*verdicts, &LimitVerdict::ok) == 10);
}

TEST_CASE("Many calls at once belong to the transaction that is open", "[limit]") {
  LimiterFixture fixture({{"calls", bucket(10, 1s)}});
  const std::vector<std::string_view> keys(3, "somebody");
  {
    const auto transaction = fixture.limiter.begin();
    CHECK(fixture.limiter.limit_many("calls", keys)->back().remaining == 7);
  }
  CHECK(fixture.limiter.row_count() == 0);
}
