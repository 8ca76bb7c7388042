#include "actors/time_zones.hpp"

#include <exception>

#include <date/tz.h>

#include "actors/core/text.hpp"

namespace sluice {

namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

// What the database calls its first and last instant lies outside these years.
constexpr sys_seconds earliest = std::chrono::sys_days{std::chrono::year{-32'000} / 1 / 1};
constexpr sys_seconds latest = std::chrono::sys_days{std::chrono::year{32'000} / 1 / 1};

core::OffsetPeriod period_of(const date::time_zone& zone, sys_seconds instant) {
  const auto info = zone.get_info(instant);
  return {.begin = info.begin < earliest ? sys_seconds::min() : info.begin,
          .end = info.end > latest ? sys_seconds::max() : info.end,
          .offset = info.offset};
}

core::TimeZone load(const std::string& name) {
  const auto& zone = *date::locate_zone(name);
  // The file is read at the first question: here, where a failure can still be told.
  period_of(zone, sys_seconds{});
  return [&zone](sys_seconds instant) { return period_of(zone, instant); };
}

Error refused(const std::string& reason) { return invalid("Upstash-Cron", "Invalid cron expression: " + reason); }

bool has_database() {
  try {
    date::get_tzdb();
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

} // namespace

Result<core::TimeZone> time_zone(const std::string& name) {
  if (name == "UTC")
    return core::TimeZone{core::utc};
  if (!has_database())
    return refused("the time zones of this machine cannot be read; without the package tzdata only UTC is known");
  try {
    return load(name);
  } catch (const std::exception&) {
    return refused("the time zone " + core::quoted(name) + " is not known; accepted are names of the IANA " +
                   "database such as Europe/Berlin");
  }
}

} // namespace sluice
