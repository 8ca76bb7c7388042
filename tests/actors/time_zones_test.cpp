#include "actors/time_zones.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono;

namespace {

core::TimeZone zone(const std::string& name) {
  const auto found = time_zone(name);
  REQUIRE(found);
  return *found;
}

} // namespace

TEST_CASE("time_zone tells the offset at an instant and when it changes", "[actors]") {
  const auto summer = zone("Europe/Berlin")(sys_days{2024y / July / 1});
  CHECK(summer.offset == 2h);
  CHECK(summer.begin == sys_days{2024y / March / 31} + 1h);
  CHECK(summer.end == sys_days{2024y / October / 27} + 1h);
  CHECK(zone("Europe/Berlin")(summer.end).offset == 1h);
  CHECK(zone("Europe/Berlin")(summer.end - 1s).offset == 2h);
  CHECK(zone("Asia/Kolkata")(sys_days{2024y / July / 1}).offset == 5h + 30min);
}

TEST_CASE("time_zone has a first and a last period without bounds", "[actors]") {
  const auto kolkata = zone("Asia/Kolkata");
  CHECK(kolkata(sys_days{2024y / July / 1}).end == sys_seconds::max());
  CHECK(kolkata(sys_days{1700y / July / 1}).begin == sys_seconds::min());
  CHECK(zone("Etc/UTC")(sys_seconds{}).begin == sys_seconds::min());
  CHECK(zone("UTC")(sys_seconds{}).end == sys_seconds::max());
}

TEST_CASE("time_zone names a zone that is not known, and takes no name for a path", "[actors]") {
  for (auto name : {"", "Mars/Base", "europe/berlin", "../../etc/passwd", "/etc/localtime", "Europe", "zone.tab",
                    "posix/Europe/Berlin", "right/Europe/Berlin", "Local"}) {
    CAPTURE(name);
    const auto found = time_zone(name);
    REQUIRE_FALSE(found);
    CHECK(found.error().code == ErrorCode::invalid_argument);
    CHECK(found.error().field == "Upstash-Cron");
  }
  CHECK(time_zone("Mars/Base").error().message ==
        "Invalid cron expression: the time zone \"Mars/Base\" is not known; accepted are names of the IANA database "
        "such as Europe/Berlin");
}
