// What an operator and a shop do with limits: override with an audit trail, upgrade,
// conversion of a trial, and a bonus instead of a reset.
#include <iostream>
#include <set>
#include <string>
#include <vector>

#include <sluice/rate_limiter.hpp>

using namespace std::chrono_literals;

namespace {

sluice::RateLimiter limiter({
    {"apiCalls", {.rate = 100, .period = 1h}},
    {"exports", {.rate = 2, .period = 24h}},
    {"uploads", {.rate = 20, .period = 24h}},
});

struct AuditEntry {
  std::string action, limit_name, user, admin;
};
std::vector<AuditEntry> audit_log;
const std::set<std::string> admins{"root"};

double left(std::string_view limit, std::string_view user) { return limiter.peek(limit, {.key = user})->remaining; }

void use_up(std::string_view limit, std::string_view user) {
  while (limiter.limit(limit, {.key = user})->ok)
    continue;
}

bool admin_reset_user_limit(const std::string& admin, const std::string& limit, const std::string& user) {
  if (!admins.contains(admin))
    return false;
  limiter.reset(limit, {.key = user});
  audit_log.push_back({"rate_limit_reset", limit, user, admin});
  return true;
}

void upgrade_account(std::string_view user) {
  limiter.reset("apiCalls", {.key = user});
  limiter.reset("exports", {.key = user});
}

void convert_to_paid(std::string_view user) {
  for (const auto* limit : {"apiCalls", "exports", "uploads"})
    limiter.reset(limit, {.key = user});
}

} // namespace

int main() {
  std::cout << "-- an admin resets one limit of one user, and it is written down\n";
  use_up("apiCalls", "anna");
  std::cout << "by a stranger: " << std::boolalpha << admin_reset_user_limit("mallory", "apiCalls", "anna") << '\n';
  std::cout << "by an admin: " << admin_reset_user_limit("root", "apiCalls", "anna") << '\n';
  std::cout << "anna has " << left("apiCalls", "anna") << " calls\n";
  for (const auto& entry : audit_log)
    std::cout << entry.action << ' ' << entry.limit_name << ' ' << entry.user << " by " << entry.admin << '\n';

  std::cout << "-- an upgrade gives a fresh start on two limits\n";
  for (const auto* limit : {"apiCalls", "exports", "uploads"})
    use_up(limit, "bert");
  upgrade_account("bert");
  std::cout << left("apiCalls", "bert") << " calls, " << left("exports", "bert") << " exports\n";
  std::cout << "uploads: " << limiter.check("uploads", {.key = "bert"})->ok << '\n';

  std::cout << "-- so does the end of a trial, on all of them\n";
  convert_to_paid("bert");
  std::cout << left("apiCalls", "bert") << " calls, " << left("exports", "bert") << " exports, "
            << left("uploads", "bert") << " uploads\n";

  std::cout << "-- a bonus is less than a reset: ten uploads back\n";
  use_up("uploads", "carl");
  limiter.limit("uploads", {.key = "carl", .count = -10}).value();
  int uploads = 0;
  while (limiter.limit("uploads", {.key = "carl"})->ok)
    ++uploads;
  std::cout << uploads << " more uploads\n";

  std::cout << "-- a credit also reaches whoever is in debt, and stops at the capacity\n";
  limiter.limit("uploads", {.key = "dora", .count = 25, .reserve = true}).value();
  if (limiter.credit("uploads", 15, {.key = "dora"}))
    std::cout << "after 15: " << left("uploads", "dora") << '\n';
  if (limiter.credit("uploads", 500, {.key = "dora"}))
    std::cout << "after 500: " << left("uploads", "dora") << '\n';
}
