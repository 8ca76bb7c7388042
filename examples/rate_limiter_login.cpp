// Failed logins and password resets: count before the check, reset only after success.
#include <cmath>
#include <iostream>

#include <sluice/rate_limiter.hpp>

using namespace std::chrono_literals;

namespace {

sluice::RateLimiter limiter({
    {"failedLogins", {.rate = 10, .period = 1h}},
    {"passwordResetRequests", {.rate = 3, .period = 24h}},
});

std::string password = "correct horse";

std::string login(std::string_view email, std::string_view attempt) {
  const auto verdict = limiter.limit("failedLogins", {.key = email});
  if (!verdict)
    return verdict.error().message;
  if (!verdict->ok) {
    const std::chrono::duration<double, std::ratio<60>> wait = *verdict->retry_after;
    return "Too many failed login attempts. Try again in " + std::to_string(std::lround(std::ceil(wait.count()))) +
           " minutes.";
  }
  if (attempt != password)
    return "Invalid credentials"; // The token stays consumed.
  // Only now: whoever could reset before the check could guess for ever.
  limiter.reset("failedLogins", {.key = email});
  return "Welcome";
}

void request_password_reset(std::string_view email) {
  limiter.limit("passwordResetRequests", {.key = email, .throws = true}).value();
  std::cout << "mail to " << email << '\n';
}

void complete_password_reset(std::string_view email, std::string_view new_password) {
  password = new_password;
  limiter.reset("failedLogins", {.key = email});
  limiter.reset("passwordResetRequests", {.key = email});
}

} // namespace

int main() {
  std::cout << "-- a login resets what failed before it\n";
  for (int i = 0; i < 9; ++i)
    login("anna@example.com", "guess");
  std::cout << login("anna@example.com", "correct horse") << '\n';
  std::cout << "attempts left: " << limiter.peek("failedLogins", {.key = "anna@example.com"})->remaining << '\n';

  std::cout << "-- ten failures lock out, also whoever knows the password\n";
  for (int i = 0; i < 10; ++i)
    login("bert@example.com", "guess");
  std::cout << login("bert@example.com", "correct horse") << '\n';

  std::cout << "-- nobody gets a fourth mail a day\n";
  try {
    for (int i = 0; i < 4; ++i)
      request_password_reset("bert@example.com");
  } catch (const sluice::RateLimited& limited) {
    std::cout << limited.name() << ": wait " << std::ceil(limited.retry_after() / 1h) << " hours\n";
  }

  std::cout << "-- a new password resets both\n";
  complete_password_reset("bert@example.com", "battery staple");
  std::cout << login("bert@example.com", "battery staple") << '\n';
  request_password_reset("bert@example.com");
}
