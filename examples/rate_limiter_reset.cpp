// What `reset` does and does not: keys, the shared bucket, shards, windows, tests. The clock
// and the random numbers are the example's own, as they would be in a test.
#include <cmath>
#include <iostream>

#include <sluice/rate_limiter.hpp>

using namespace std::chrono_literals;

namespace {

sluice::RateTime now{std::chrono::hours{500'000}};

sluice::RateLimiter make_limiter() {
  return sluice::RateLimiter(
      {
          {"sendMessage", {.rate = 3, .period = 1min}},
          {"llmTokens", {.rate = 40'000, .period = 1min, .shards = 10}},
          {"hourlyLimit", {.kind = sluice::LimitKind::fixed_window, .rate = 100, .period = 1h}},
          {"onTheHour",
           {.kind = sluice::LimitKind::fixed_window, .rate = 100, .period = 1h, .start = sluice::RateTime{}}},
      },
      {.clock = [] { return now; }, .random = sluice::seeded_random_draws(7)});
}

std::string asked(const sluice::RateLimiter& limiter, std::string_view name, const sluice::LimitRequest& request = {}) {
  return limiter.check(name, request)->ok ? "ok" : "refused";
}

void in_a_test(sluice::RateLimiter& limiter) {
  std::cout << "-- a test resets first, whatever ran before it\n";
  limiter.limit("sendMessage", {.key = "test-user", .count = 3}).value();
  limiter.reset("sendMessage", {.key = "test-user"});
  std::cout << "first: " << (limiter.limit("sendMessage", {.key = "test-user"})->ok ? "ok" : "refused") << '\n';
}

void after_reset(sluice::RateLimiter& limiter) {
  std::cout << "-- after reset a key is as if never used\n";
  for (int i = 0; i < 3; ++i)
    limiter.limit("sendMessage", {.key = "anna"}).value();
  std::cout << "used up: " << asked(limiter, "sendMessage", {.key = "anna"}) << '\n';
  limiter.reset("sendMessage", {.key = "anna"});
  std::cout << "reset: " << asked(limiter, "sendMessage", {.key = "anna"}) << '\n';
  limiter.reset("sendMessage", {.key = "nobody"}); // No error: it was never used.
}

void key_or_shared(sluice::RateLimiter& limiter) {
  std::cout << "-- with a key that key, without the shared bucket\n";
  limiter.limit("sendMessage", {.count = 3}).value();
  for (const auto* user : {"bert", "carl"})
    limiter.limit("sendMessage", {.key = user, .count = 3}).value();
  const auto show = [&] {
    std::cout << "bert " << asked(limiter, "sendMessage", {.key = "bert"}) << ", carl "
              << asked(limiter, "sendMessage", {.key = "carl"}) << ", shared " << asked(limiter, "sendMessage") << '\n';
  };
  limiter.reset("sendMessage", {.key = "bert"});
  show();
  limiter.reset("sendMessage");
  show();
}

void all_shards(sluice::RateLimiter& limiter) {
  std::cout << "-- all shards are reset\n";
  for (int i = 0; i < 500; ++i)
    limiter.limit("llmTokens", {.key = "anna", .count = 50}).value();
  std::cout << limiter.rows("llmTokens", "anna").size() << " shards, "
            << limiter.peek("llmTokens", {.key = "anna"})->remaining << " tokens\n";
  limiter.reset("llmTokens", {.key = "anna"});
  std::cout << limiter.rows("llmTokens", "anna").size() << " shards, "
            << limiter.peek("llmTokens", {.key = "anna"})->remaining << " tokens\n";
}

void windows(sluice::RateLimiter& limiter) {
  std::cout << "-- a fixed window begins where its start says, or else anywhere\n";
  const auto wait = [&](std::string_view name) {
    limiter.reset(name);
    limiter.limit(name, {.count = 100}).value();
    return std::ceil(*limiter.check(name)->retry_after / 1min);
  };
  std::cout << "on the hour: " << wait("onTheHour") << " and " << wait("onTheHour") << " minutes\n";
  const auto first = wait("hourlyLimit");
  const auto second = wait("hourlyLimit");
  std::cout << "anywhere: " << (first == second ? "the same" : "another") << " window after the reset\n";
}

void inline_configs() {
  std::cout << "-- limits need no name beforehand\n";
  sluice::RateLimiter limiter({}, {.clock = [] { return now; }, .random = sluice::seeded_random_draws(7)});
  for (const auto kind : {sluice::LimitKind::token_bucket, sluice::LimitKind::fixed_window}) {
    const sluice::RateLimitConfig config{.kind = kind, .rate = 1, .period = 1s};
    const std::string name = kind == sluice::LimitKind::token_bucket ? "simple bucket" : "simple window";
    std::cout << name << ": " << (limiter.limit(name, {.config = config})->ok ? "ok" : "refused");
    std::cout << ", " << asked(limiter, name, {.config = config});
    limiter.reset(name);
    std::cout << ", " << asked(limiter, name, {.config = config}) << '\n';
  }
}

} // namespace

int main() {
  auto limiter = make_limiter();
  in_a_test(limiter);
  after_reset(limiter);
  key_or_shared(limiter);
  all_shards(limiter);
  windows(limiter);
  inline_configs();
}
