// More than one call at a time: reservations that are settled, several limits at once,
// a transaction, and waiting in line.
#include <array>
#include <iostream>

#include <sluice/rate_limit_queue.hpp>

using namespace std::chrono_literals;

namespace {

sluice::RateTime now{std::chrono::hours{500'000}};

void settle(sluice::RateLimiter& limiter) {
  std::cout << "-- reserve what a call may cost, settle what it did\n";
  const auto reservation = limiter.reserve("llmTokens", {.key = "anna", .count = 800});
  std::cout << "left: " << limiter.peek("llmTokens", {.key = "anna"})->remaining << '\n';
  std::cout << "settled: " << std::boolalpha << limiter.commit(reservation->id, 350).value() << '\n';
  std::cout << "left: " << limiter.peek("llmTokens", {.key = "anna"})->remaining << '\n';
  std::cout << "twice: " << limiter.cancel(reservation->id) << '\n';
}

void together(sluice::RateLimiter& limiter) {
  std::cout << "-- a user, an organisation and everybody, all or nothing\n";
  const std::array demands{sluice::LimitDemand{"userCalls", {.key = "anna"}},
                           sluice::LimitDemand{"orgCalls", {.key = "acme"}}, sluice::LimitDemand{"allCalls", {}}};
  for (int i = 0; i < 3; ++i) {
    const auto verdict = limiter.limit_all(demands);
    if (verdict->ok)
      std::cout << "granted\n";
    else
      std::cout << "refused by " << demands[*verdict->binding].name << ", wait " << *verdict->retry_after / 1s
                << " s\n";
  }
  std::cout << "everybody's left: " << limiter.peek("allCalls")->remaining << '\n';
}

void undone(sluice::RateLimiter& limiter) {
  std::cout << "-- what fails consumes nothing\n";
  try {
    auto transaction = limiter.begin();
    limiter.limit("allCalls", {.throws = true}).value();
    throw std::runtime_error("the order was not valid");
  } catch (const std::runtime_error& error) {
    std::cout << error.what() << ", left: " << limiter.peek("allCalls")->remaining << '\n';
  }
}

void in_line(sluice::RateLimiter& limiter) {
  std::cout << "-- waiting in line, with a deadline\n";
  sluice::RateLimitQueue queue(limiter);
  const auto begin = now;
  for (int i = 0; i < 3; ++i)
    std::cout << "ticket " << static_cast<int>(queue.join({.name = "mails"}, now).value()) << '\n';
  std::cout << "ticket " << static_cast<int>(queue.join({.name = "mails", .deadline = now + 25s}, now).value()) << '\n';
  while (queue.waiting() > 0) {
    while (const auto acquired = queue.poll(now))
      std::cout << (now - begin) / 1s << " s: ticket " << static_cast<int>(acquired->ticket)
                << (acquired->ok ? " granted\n" : " too late\n");
    now = queue.next_wakeup().value_or(now); // A program would sleep until then.
  }
}

} // namespace

int main() {
  sluice::RateLimiter limiter(
      {
          {"llmTokens", {.rate = 1000, .period = 1min}},
          {"userCalls", {.rate = 5, .period = 1min}},
          {"orgCalls", {.rate = 2, .period = 1min}},
          {"allCalls", {.rate = 100, .period = 1min}},
          {"mails", {.kind = sluice::LimitKind::gcra, .rate = 6, .period = 1min, .capacity = 1}},
      },
      {.clock = [] { return now; }});
  settle(limiter);
  together(limiter);
  undone(limiter);
  in_line(limiter);
}
