#include "actors/core/cron_fields.hpp"

#include <bit>
#include <cassert>
#include <optional>

namespace sluice::core {

namespace {

using namespace std::chrono;

bool has(std::uint64_t mask, unsigned value) { return (mask >> value & 1) != 0; }

std::optional<unsigned> first_value(std::uint64_t mask, unsigned from) {
  const auto rest = from < 64 ? mask >> from << from : 0;
  return rest == 0 ? std::nullopt : std::optional(static_cast<unsigned>(std::countr_zero(rest)));
}

bool matches_day(const CronFields& fields, unsigned day_of_month, unsigned weekday) {
  const bool day = has(fields.days, day_of_month);
  const bool of_week = has(fields.weekdays, weekday);
  return fields.any_day || fields.any_weekday ? day && of_week : day || of_week;
}

bool matches_day(const CronFields& fields, local_days date) {
  const year_month_day parts(date);
  return has(fields.months, unsigned(parts.month())) &&
         matches_day(fields, unsigned(parts.day()), weekday(date).c_encoding());
}

// Day by day from `date` to the end of its month.
std::optional<local_days> first_day_of_month(const CronFields& fields, local_days date) {
  const year_month_day parts(date);
  const auto last = unsigned((parts.year() / parts.month() / std::chrono::last).day());
  auto of_week = weekday(date);
  for (auto day = unsigned(parts.day()); day <= last; ++day, ++of_week)
    if (matches_day(fields, day, of_week.c_encoding()))
      return local_days(parts.year() / parts.month() / day);
  return std::nullopt;
}

local_days first_day(const CronFields& fields, local_days date) {
  for (;;) {
    const year_month_day parts(date);
    if (has(fields.months, unsigned(parts.month())))
      if (const auto day = first_day_of_month(fields, date))
        return *day;
    date = local_days((parts.year() / parts.month() + months{1}) / 1);
  }
}

// The first matching minute of a day that is not before `from`, which is one day at most.
std::optional<minutes> first_minute(const CronFields& fields, minutes from) {
  const auto hour = static_cast<unsigned>(from.count() / 60);
  if (has(fields.hours, hour))
    if (const auto minute = first_value(fields.minutes, static_cast<unsigned>(from.count() % 60)))
      return hours{hour} + minutes{*minute};
  if (const auto next_hour = first_value(fields.hours, hour + 1))
    return hours{*next_hour} + minutes{*first_value(fields.minutes, 0)};
  return std::nullopt;
}

} // namespace

bool ever_matches(const CronFields& fields) {
  // Every month has every weekday.
  if (!fields.any_weekday)
    return true;
  constexpr unsigned lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (unsigned month = 1; month <= 12; ++month)
    if (has(fields.months, month) && first_value(fields.days, 1) <= lengths[month - 1])
      return true;
  return false;
}

LocalTime first_match(const CronFields& fields, LocalTime from) {
  assert(ever_matches(fields));
  const auto today = floor<days>(from);
  if (matches_day(fields, today))
    if (const auto time = first_minute(fields, ceil<minutes>(from - today)))
      return today + *time;
  return first_day(fields, today + days{1}) + *first_minute(fields, 0min);
}

} // namespace sluice::core
