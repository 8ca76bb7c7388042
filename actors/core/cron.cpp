#include "actors/core/cron.hpp"

#include <algorithm>
#include <optional>

#include "actors/core/characters.hpp"
#include "actors/core/cron_parser.hpp"
#include "actors/core/duration.hpp"
#include "actors/core/go_duration.hpp"
#include "actors/core/text.hpp"

namespace sluice::core {

namespace {

using namespace std::chrono;

struct Descriptor {
  std::string_view name;
  std::string_view fields;
};

constexpr Descriptor descriptors[] = {{"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
                                      {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
                                      {"@hourly", "0 * * * *"}};
constexpr std::string_view every = "@every";

Error refused(std::string_view text, const std::string& reason) {
  return invalid("Upstash-Cron", "Invalid cron expression " + quoted(text) + ": " + reason);
}

// The word that `text` begins with, which is taken from it with the blanks that follow.
std::string_view take_word(std::string_view& text) {
  const auto end = static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_blank) - text.begin());
  const auto word = text.substr(0, end);
  text = trim_blanks(text.substr(end));
  return word;
}

// Takes the prefix from `text`; empty if there is none, and the empty name if that is what stands there.
std::optional<std::string> take_zone(std::string_view& text) {
  if (!text.starts_with("CRON_TZ=") && !text.starts_with("TZ="))
    return std::nullopt;
  const auto prefix = take_word(text);
  return std::string(prefix.substr(prefix.find('=') + 1));
}

Result<seconds> parse_interval(std::string_view text) {
  auto interval = parse_go_duration(text, max_duration);
  if (!interval)
    if (const auto own = parse_duration(text, every))
      interval = *own;
  if (!interval || *interval < min_cron_interval)
    return invalid("",
                   "@every must be followed by a duration of 1m or more such as 90s, 1h30m or 1d, not " + quoted(text));
  return floor<seconds>(*interval);
}

Result<CronFields> parse_descriptor(std::string_view text) {
  for (const auto& descriptor : descriptors)
    if (descriptor.name == text)
      return parse_cron_fields(descriptor.fields);
  return invalid("", "a descriptor must be @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly or "
                     "@every with a duration, not " +
                         quoted(text));
}

using When = std::variant<CronFields, seconds>;

Result<When> parse_when(std::string_view text) {
  auto rest = text;
  if (take_word(rest) == every) {
    const auto interval = parse_interval(rest);
    return interval ? Result<When>(*interval) : interval.error();
  }
  const auto fields = text.starts_with('@') ? parse_descriptor(text) : parse_cron_fields(text);
  return fields ? Result<When>(*fields) : fields.error();
}

LocalTime local(sys_seconds time, seconds offset) { return LocalTime{time.time_since_epoch() + offset}; }
sys_seconds universal(LocalTime time, seconds offset) { return sys_seconds{time.time_since_epoch() - offset}; }

// The first time of a period that clocks did not show before it, when they were ahead.
LocalTime first_new_time(const OffsetPeriod& period, const TimeZone& zone) {
  if (period.begin == sys_seconds::min())
    return LocalTime::min();
  const auto before = zone(period.begin - 1s);
  return local(period.begin, std::max(period.offset, before.offset));
}

sys_seconds next_match(const CronFields& fields, sys_seconds from, const TimeZone& zone) {
  auto period = zone(from);
  auto match = first_match(fields, std::max(local(from, period.offset), first_new_time(period, zone)));
  // A match that the period does not reach is looked for in the next one, which begins at
  // the local time where this one ends, later if clocks go forward, and earlier if they go back.
  while (universal(match, period.offset) >= period.end) {
    period = zone(period.end);
    if (const auto first = first_new_time(period, zone); match < first)
      match = first_match(fields, first);
  }
  return universal(match, period.offset);
}

} // namespace

Result<Cron> Cron::parse(std::string_view text) {
  text = trim_blanks(text);
  if (text.empty())
    return invalid("Upstash-Cron", "Invalid cron expression empty spec string");
  if (text.size() > max_cron_size)
    return refused(text, "it must have at most " + std::to_string(max_cron_size) + " bytes");
  Cron cron;
  cron.text_ = text;
  auto rest = text;
  if (auto zone = take_zone(rest))
    cron.zone_ = std::move(*zone);
  if (cron.zone_.empty())
    return refused(text, "CRON_TZ= must be followed by the name of a time zone such as Europe/Berlin");
  const auto when = parse_when(rest);
  if (!when)
    return refused(text, when.error().message);
  cron.when_ = *when;
  return cron;
}

WallTime Cron::next(WallTime after, const TimeZone& zone) const {
  const auto second = floor<seconds>(after);
  if (const auto* interval = std::get_if<Interval>(&when_))
    return second + *interval;
  return next_match(std::get<CronFields>(when_), second + 1s, zone);
}

WallTime Cron::next_from(WallTime due, WallTime from, const TimeZone& zone) const {
  if (from <= due)
    return due;
  if (const auto* interval = std::get_if<Interval>(&when_))
    return due + *interval * ((from - due + *interval - 1ms) / *interval);
  return next(from - 1ms, zone);
}

} // namespace sluice::core
