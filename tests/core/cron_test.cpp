#include "actors/core/cron.hpp"

#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono;

namespace {

core::Cron cron(std::string_view text) {
  auto parsed = core::Cron::parse(text);
  INFO((parsed ? "" : parsed.error().message));
  REQUIRE(parsed);
  return *parsed;
}

std::string reason(std::string_view text) {
  const auto parsed = core::Cron::parse(text);
  if (parsed)
    return "accepted";
  CHECK(parsed.error().code == ErrorCode::invalid_argument);
  CHECK(parsed.error().field == "Upstash-Cron");
  CHECK(parsed.error().message.starts_with("Invalid cron expression "));
  return parsed.error().message;
}

bool refuses(std::string_view text, std::string_view part) { return reason(text).find(part) != std::string::npos; }

// Times are written `2024-02-29 13:05`.
WallTime at(std::string_view text) {
  const auto number = [text](std::size_t place, std::size_t size) {
    return std::stoi(std::string(text.substr(place, size)));
  };
  const year_month_day date{year{number(0, 4)}, month(unsigned(number(5, 2))), day(unsigned(number(8, 2)))};
  return sys_days(date) + hours{number(11, 2)} + minutes{number(14, 2)};
}

std::string written(WallTime time) {
  const auto date = floor<days>(time);
  const year_month_day parts(date);
  const hh_mm_ss clock(floor<minutes>(time - date));
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d", int(parts.year()), unsigned(parts.month()),
                unsigned(parts.day()), int(clock.hours().count()), int(clock.minutes().count()));
  return text + std::string(time == floor<minutes>(time) ? "" : " and a bit");
}

std::string next(std::string_view text, WallTime after, const core::TimeZone& zone = core::utc) {
  return written(cron(text).next(after, zone));
}

std::string next(std::string_view text, std::string_view after, const core::TimeZone& zone = core::utc) {
  return next(text, at(after), zone);
}

// The firings from one instant on, apart by commas.
std::string firings(std::string_view text, std::string_view after, int count, const core::TimeZone& zone) {
  std::string list;
  auto time = at(after);
  for (int i = 0; i < count; ++i) {
    time = cron(text).next(time, zone);
    list += (i == 0 ? "" : ", ") + written(time);
  }
  return list;
}

// One hour ahead of UTC, two in the summer of 2024: as in Berlin, without other years.
core::OffsetPeriod with_summer(sys_seconds instant) {
  const auto spring = sys_days{2024y / March / 31} + 1h;
  const auto autumn = sys_days{2024y / October / 27} + 1h;
  if (instant < spring)
    return {.end = spring, .offset = 1h};
  if (instant < autumn)
    return {.begin = spring, .end = autumn, .offset = 2h};
  return {.begin = autumn, .offset = 1h};
}

// Ten hours behind UTC, then fourteen ahead: a date is missing, as in Apia.
core::OffsetPeriod without_a_day(sys_seconds instant) {
  const auto change = sys_days{2011y / December / 30} + 10h;
  if (instant < change)
    return {.end = change, .offset = -10h};
  return {.begin = change, .offset = 14h};
}

} // namespace

TEST_CASE("Cron fires at the next minute that all five fields select", "[core]") {
  CHECK(next("* * * * *", "2024-05-01 12:00") == "2024-05-01 12:01");
  CHECK(next("*/10 * * * *", "2024-05-01 12:00") == "2024-05-01 12:10");
  CHECK(next("5 * * * *", "2024-05-01 12:05") == "2024-05-01 13:05");
  CHECK(next("30 9 * * *", "2024-05-01 12:00") == "2024-05-02 09:30");
  CHECK(next("0 0 1 * *", "2024-05-01 00:00") == "2024-06-01 00:00");
  CHECK(next("0 0 1 1 *", "2024-05-01 00:00") == "2025-01-01 00:00");
  CHECK(next("0 12 * * 1", "2024-05-01 12:00") == "2024-05-06 12:00");
  CHECK(next("59 23 31 12 *", "2024-12-31 23:58") == "2024-12-31 23:59");
  CHECK(next("59 23 31 12 *", "2024-12-31 23:59") == "2025-12-31 23:59");
}

TEST_CASE("Cron fires strictly after the instant, at a full minute", "[core]") {
  CHECK(next("* * * * *", at("2024-05-01 12:00") + 1ms) == "2024-05-01 12:01");
  CHECK(next("* * * * *", at("2024-05-01 12:00") + 59'999ms) == "2024-05-01 12:01");
  CHECK(next("* * * * *", at("2024-05-01 12:00") - 1ms) == "2024-05-01 12:00");
  CHECK(next("0 0 * * *", at("2024-05-01 23:59") + 59'999ms) == "2024-05-02 00:00");
  CHECK(next("0 0 1 1 *", at("1969-12-31 23:59") + 59'999ms) == "1970-01-01 00:00");
  CHECK(next("0 0 1 1 *", "1960-05-01 00:00") == "1961-01-01 00:00");
}

TEST_CASE("Cron knows how long months are and which years have a leap day", "[core]") {
  CHECK(next("0 0 31 * *", "2024-03-31 00:00") == "2024-05-31 00:00");
  CHECK(next("0 0 30 * *", "2024-01-30 00:00") == "2024-03-30 00:00");
  CHECK(next("0 0 29 2 *", "2024-02-29 00:00") == "2028-02-29 00:00");
  CHECK(next("0 0 29 2 *", "2096-03-01 00:00") == "2104-02-29 00:00");
  CHECK(next("0 0 29 2 *", "2000-02-28 23:59") == "2000-02-29 00:00");
  CHECK(next("59 23 28-31 * *", "2023-02-28 23:59") == "2023-03-28 23:59");
}

TEST_CASE("Cron reads lists, ranges, steps and names", "[core]") {
  CHECK(firings("1,3,5 * * * *", "2024-05-01 12:01", 3, core::utc) ==
        "2024-05-01 12:03, 2024-05-01 12:05, 2024-05-01 13:01");
  CHECK(firings("10-50/20 0 * * *", "2024-05-01 00:00", 4, core::utc) ==
        "2024-05-01 00:10, 2024-05-01 00:30, 2024-05-01 00:50, 2024-05-02 00:10");
  // A value with a step goes on to the end.
  CHECK(firings("45/5 0 * * *", "2024-05-01 00:00", 4, core::utc) ==
        "2024-05-01 00:45, 2024-05-01 00:50, 2024-05-01 00:55, 2024-05-02 00:45");
  CHECK(next("0 0 1 FEB *", "2024-05-01 00:00") == "2025-02-01 00:00");
  CHECK(next("0 0 1 jun-aug/2 *", "2024-06-01 00:00") == "2024-08-01 00:00");
  CHECK(next("0 0 * * Sun", "2024-05-01 00:00") == "2024-05-05 00:00");
  CHECK(next("0 0 * * mon-FRI", "2024-05-03 00:00") == "2024-05-06 00:00");
  CHECK(next("0 0 * * 0", "2024-05-01 00:00") == "2024-05-05 00:00");
  CHECK(next("0 0 ? * ?", "2024-05-01 00:00") == "2024-05-02 00:00");
  CHECK(next("*/1 * * * *", "2024-05-01 12:00") == "2024-05-01 12:01");
  CHECK(next("*/9999999999 * * * *", "2024-05-01 12:00") == "2024-05-01 13:00");
  CHECK(next("05 007 * * *", "2024-05-01 00:00") == "2024-05-01 07:05");
  // Empty items do not count, as with robfig/cron.
  CHECK(next("1,,3, * * * *", "2024-05-01 12:01") == "2024-05-01 12:03");
}

TEST_CASE("Cron takes a day of either kind where both are restricted", "[core]") {
  // The 13th of a month, and every Friday.
  CHECK(firings("0 0 13 * 5", "2024-05-01 00:00", 4, core::utc) ==
        "2024-05-03 00:00, 2024-05-10 00:00, 2024-05-13 00:00, 2024-05-17 00:00");
  // A step restricts: odd days, and Mondays.
  CHECK(firings("0 0 */2 * 1", "2024-05-05 00:00", 3, core::utc) ==
        "2024-05-06 00:00, 2024-05-07 00:00, 2024-05-09 00:00");
  // Neither `*` nor `?`, alone, in a list or with the step 1, restricts.
  for (auto text : {"0 0 13 * *", "0 0 13 * ?", "0 0 13 * 1,*", "0 0 13 * */1"})
    CHECK(next(text, "2024-05-01 00:00") == "2024-05-13 00:00");
  // All days written out do.
  CHECK(next("0 0 13 * 0-6", "2024-05-01 00:00") == "2024-05-02 00:00");
  CHECK(next("0 0 31 2 1", "2024-02-20 00:00") == "2024-02-26 00:00");
}

TEST_CASE("Cron knows the descriptors", "[core]") {
  CHECK(next("@yearly", "2024-05-01 12:34") == "2025-01-01 00:00");
  CHECK(next("@annually", "2024-05-01 12:34") == "2025-01-01 00:00");
  CHECK(next("@monthly", "2024-05-01 12:34") == "2024-06-01 00:00");
  CHECK(next("@weekly", "2024-05-01 12:34") == "2024-05-05 00:00");
  CHECK(next("@daily", "2024-05-01 12:34") == "2024-05-02 00:00");
  CHECK(next("@midnight", "2024-05-01 12:34") == "2024-05-02 00:00");
  CHECK(next("@hourly", "2024-05-01 12:34") == "2024-05-01 13:00");
}

TEST_CASE("Cron adds an interval to the second that it counts from", "[core]") {
  const auto t0 = at("2024-05-01 12:34");
  CHECK(cron("@every 1m").next(t0 + 7s, core::utc) == t0 + 67s);
  CHECK(cron("@every 1m").next(t0 + 7'999ms, core::utc) == t0 + 67s);
  CHECK(cron("@every 1h30m").next(t0, core::utc) == t0 + 90min);
  CHECK(cron("@every 90s").next(t0, core::utc) == t0 + 90s);
  CHECK(cron("@every 90.9s").next(t0, core::utc) == t0 + 90s);
  CHECK(cron("@every 1d12h").next(t0, core::utc) == t0 + 36h);
  CHECK(cron("@every 36500d").next(t0, core::utc) == t0 + days{36'500});
  CHECK(cron("@every\t 120").next(t0, core::utc) == t0 + 2min);
  CHECK(cron("TZ=Asia/Kolkata @every 1m").next(t0, with_summer) == t0 + 1min);
}

TEST_CASE("Cron keeps the trimmed text and the name of the zone", "[core]") {
  CHECK(cron("*/10 * * * * ").text() == "*/10 * * * *");
  CHECK(cron(" \t 0  9 * * 1\t").text() == "0  9 * * 1");
  CHECK(cron("0 9 * * *").zone() == "UTC");
  CHECK(cron("CRON_TZ=America/New_York 0 9 * * *").text() == "CRON_TZ=America/New_York 0 9 * * *");
  CHECK(cron("CRON_TZ=America/New_York 0 9 * * *").zone() == "America/New_York");
  CHECK(cron(" TZ=Europe/Berlin   @daily ").zone() == "Europe/Berlin");
  CHECK(cron(" TZ=Europe/Berlin   @daily ").text() == "TZ=Europe/Berlin   @daily");
}

TEST_CASE("Cron reads its fields on the clocks of the zone", "[core]") {
  CHECK(next("0 9 * * *", "2024-01-10 00:00", with_summer) == "2024-01-10 08:00");
  CHECK(next("0 9 * * *", "2024-07-10 00:00", with_summer) == "2024-07-10 07:00");
  CHECK(next("0 0 1 1 *", "2024-06-01 00:00", with_summer) == "2024-12-31 23:00");
}

TEST_CASE("Cron skips local times that do not exist", "[core]") {
  CHECK(firings("30 2 * * *", "2024-03-29 23:00", 3, with_summer) ==
        "2024-03-30 01:30, 2024-04-01 00:30, 2024-04-02 00:30");
  CHECK(firings("0 * * * *", "2024-03-30 23:30", 3, with_summer) ==
        "2024-03-31 00:00, 2024-03-31 01:00, 2024-03-31 02:00");
  CHECK(firings("0 2,3 * * *", "2024-03-30 23:30", 2, with_summer) == "2024-03-31 01:00, 2024-04-01 00:00");
  CHECK(next("30 2 31 3 *", "2024-01-01 00:00", with_summer) == "2025-03-31 01:30");
  CHECK(firings("0 12 * * *", "2011-12-28 23:00", 2, without_a_day) == "2011-12-29 22:00, 2011-12-30 22:00");
  CHECK(next("0 12 30 12 *", "2011-12-01 00:00", without_a_day) == "2012-12-29 22:00");
}

TEST_CASE("Cron fires once for local times that come twice", "[core]") {
  CHECK(firings("30 2 * * *", "2024-10-26 12:00", 2, with_summer) == "2024-10-27 00:30, 2024-10-28 01:30");
  CHECK(firings("*/30 * * * *", "2024-10-26 23:40", 4, with_summer) ==
        "2024-10-27 00:00, 2024-10-27 00:30, 2024-10-27 02:00, 2024-10-27 02:30");
  // Also when it is asked between the two, or at the very change.
  CHECK(next("30 2 * * *", "2024-10-27 00:31", with_summer) == "2024-10-28 01:30");
  CHECK(next("30 2 * * *", "2024-10-27 01:00", with_summer) == "2024-10-28 01:30");
  CHECK(next("30 2 * * *", "2024-10-27 01:29", with_summer) == "2024-10-28 01:30");
  CHECK(next("0 3 * * *", "2024-10-27 00:00", with_summer) == "2024-10-27 02:00");
}

TEST_CASE("Cron refuses an empty expression with the text that clients know", "[core]") {
  CHECK(reason("") == "Invalid cron expression empty spec string");
  CHECK(reason(" \t ") == "Invalid cron expression empty spec string");
}

TEST_CASE("Cron names the field, the value and what is accepted", "[core]") {
  CHECK(reason("60 * * * *") ==
        "Invalid cron expression \"60 * * * *\": minute must be 0-59, * or ?, or lists, ranges and steps of these such "
        "as 1,3 or 1-5 or */2, not \"60\"");
  CHECK(refuses("* 24 * * *", "hour must be 0-23"));
  CHECK(refuses("* * 0 * *", "day of month must be 1-31"));
  CHECK(refuses("* * 32 * *", "not \"32\""));
  CHECK(refuses("* * * 13 *", "month must be 1-12 or JAN-DEC"));
  CHECK(refuses("* * * * 7", "day of week must be 0-6 or SUN-SAT"));
  CHECK(refuses("* * * * MON-7", "not \"MON-7\""));
  CHECK(refuses("1,2,61 * * * *", "not \"61\""));
  CHECK(refuses("*/0 * * * *", "the step of \"*/0\" in minute must be a positive number"));
  CHECK(refuses("* 20-4 * * *", "the range \"20-4\" in hour must not end before it begins"));
  CHECK(refuses("* * * *", "expected 5 fields (minute, hour, day of month, month, day of week), found 4"));
  CHECK(refuses("* * * * * *", "found 6"));
  CHECK(refuses("@fortnightly", "a descriptor must be @yearly"));
  CHECK(refuses("@Daily", "not \"@Daily\""));
  CHECK(refuses("@every 59s", "@every must be followed by a duration of 1m or more"));
  CHECK(refuses("CRON_TZ=  * * * * *", "CRON_TZ= must be followed by the name of a time zone"));
  CHECK(refuses("CRON_TZ=UTC", "found 0"));
}

TEST_CASE("Cron refuses every other text", "[core]") {
  for (std::string_view text : {"a * * * *",
                                "-1 * * * *",
                                "+1 * * * *",
                                "1- * * * *",
                                "-5 * * * *",
                                "1-2-3 * * * *",
                                "*-5 * * * *",
                                "5-* * * * *",
                                "** * * * *",
                                "*/ * * * *",
                                "/5 * * * *",
                                "*/5/5 * * * *",
                                "*/-1 * * * *",
                                "*/a * * * *",
                                ", * * * *",
                                "1.5 * * * *",
                                "0x1 * * * *",
                                "1e1 * * * *",
                                "* * * * L",
                                "* * * * 1#2",
                                "* * 1W * *",
                                "* * * JANUARY *",
                                "* * * JA *",
                                "MON * * * *",
                                "* * * MON *",
                                "* * * * JAN",
                                "99999999999999999999 * * * *",
                                "@every",
                                "@every ",
                                "@every -1h",
                                "@every 1h 30m",
                                "@every 1 h",
                                "@every 0",
                                "@every 1w",
                                "@every 36501d",
                                "@every1h",
                                "@daily 0",
                                "@",
                                "@reboot",
                                "TZ=",
                                "TZ=UTC @every",
                                "tz=UTC * * * * *",
                                "UTC * * * * *",
                                "CRON_TZ=UTC TZ=UTC * * * * *",
                                "* * * * *\n",
                                "*\n* * * *"}) {
    CAPTURE(text);
    CHECK(reason(text) != "accepted");
  }
}

TEST_CASE("Cron refuses dates that no year has", "[core]") {
  CHECK(refuses("0 0 31 2 *", "no year has such a date: day of month \"31\" in month \"2\""));
  CHECK(refuses("0 0 30 FEB *", "no year has such a date"));
  CHECK(refuses("0 0 31 4,6,9,11 *", "no year has such a date"));
  CHECK(next("0 0 31 2-4 *", "2024-01-01 00:00") == "2024-03-31 00:00");
}

TEST_CASE("Cron answers a huge expression with a short message", "[core]") {
  for (char c : {'1', ',', '*', '@', 'T', '/'}) {
    const auto message = reason(std::string(1 << 20, c));
    CHECK(message.size() < 200);
    CHECK(message.find("it must have at most 1024 bytes") != std::string::npos);
  }
  CHECK(reason("@every " + std::string(900, '9')).size() < 300);
}
