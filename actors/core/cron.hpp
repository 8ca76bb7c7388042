// When a schedule fires (spec §6.7).
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "actors/core/cron_fields.hpp"
#include "actors/core/time_zone.hpp"
#include "sluice/result.hpp"
#include "sluice/time.hpp"

namespace sluice::core {

/// The longest expression that is read, in bytes without the blanks around it. Listing
/// every value of every field takes about 400.
inline constexpr std::size_t max_cron_size = 1024;

/// An interval must not be shorter than the resolution of the fields.
inline constexpr Duration min_cron_interval = std::chrono::minutes{1};

/// A cron expression that has been read. A value; safe to use from several threads.
///
///   expression = [ ("CRON_TZ=" | "TZ=") zone blank ] ( fields | descriptor | "@every " duration )
///
/// `fields` are those of `parse_cron_fields`. A descriptor is one of @yearly, @annually,
/// @monthly, @weekly, @daily, @midnight and @hourly. A duration is Go's (`1h30m`) or one of
/// ours (`1d12h`), at least `min_cron_interval`, and cut to whole seconds.
class Cron {
public:
  /// Error: `invalid_argument` on `Upstash-Cron`; the message begins with `Invalid cron
  /// expression` and names field, value and what is accepted. Whether the zone exists is
  /// not known here. Expressions that can never fire are refused.
  static Result<Cron> parse(std::string_view text);

  /// The expression without the blanks around it, prefix included: what is kept and shown.
  const std::string& text() const noexcept { return text_; }

  /// The name after `CRON_TZ=`; `UTC` if there is no prefix. An interval does not use it.
  const std::string& zone() const noexcept { return zone_; }

  /// The first firing after `after`. There always is one.
  ///
  /// Fields are read on the clocks of `zone`. A local time that does not exist, because
  /// clocks go forward, is skipped. One that comes twice, because they go back, fires the
  /// first time only, however often the expression fires: `*/10 * * * *` pauses meanwhile.
  ///
  /// An interval is added to `after` rounded down to seconds, as robfig/cron does. It has no
  /// grid of its own: what keeps it regular is the caller, who passes the creation of the
  /// schedule first and then each firing as it was due.
  ///
  /// Cost: `first_match` once or twice, and one question to `zone` for each of its periods that
  /// lies between. Precondition: `after` is before the year 30,000.
  WallTime next(WallTime after, const TimeZone& zone) const;

  /// The first firing that is not before `from`, of those that go on from `due`, which is one of them.
  WallTime next_from(WallTime due, WallTime from, const TimeZone& zone) const;

private:
  using Interval = std::chrono::seconds;

  Cron() = default;

  std::string text_;
  std::string zone_ = "UTC";
  std::variant<CronFields, Interval> when_;
};

} // namespace sluice::core
