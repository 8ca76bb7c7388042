// Schedules: a message that is published again and again, when a cron expression says so (spec §2.8, §6.7).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sluice/message.hpp"

namespace sluice {

/// What to publish, and when. Checked by `Scheduler::create_schedule`.
struct ScheduleSpec {
  /// Empty: a random one. A schedule with this id is replaced: every setting becomes that of this spec, and a
  /// pause ends; its creation and its last run stay.
  std::optional<ScheduleId> id{};

  /// Five fields, minute, hour, day of the month, month and day of the week, as robfig/cron v3 reads them: `*`, lists,
  /// ranges, steps, names of months and days; or @yearly, @monthly, @weekly, @daily, @hourly, or @every and a duration
  /// of at least one minute. UTC, unless `CRON_TZ=Europe/Berlin ` or another zone stands before it. A local time that
  /// does not exist is skipped, one that comes twice fires once. Blanks around it are not kept.
  std::string cron;

  /// Published at each firing, to a URL group as it is then; `delay` counts from there. There can be no `not_before`, and
  /// `deduplication` is not kept.
  PublishRequest request{};
};

/// How a message of the last run is getting on.
enum class ScheduleRunState {
  in_progress,
  success, ///< Delivered.
  fail, ///< Failed or cancelled.
};

struct ScheduleRun {
  MessageId message;
  ScheduleRunState state = ScheduleRunState::in_progress;
};

/// A schedule at one moment. It fires once for each of its times: a firing that was missed, since nothing ran or could be
/// stored, is made up for within one minute and else skipped, and of several that were missed one at most is made up for.
/// While it is paused firings are skipped. If the wall clock is set back, nothing fires until it has caught up.
struct Schedule {
  std::shared_ptr<const ScheduleSpec> spec; ///< With its id.
  WallTime created_at{};
  bool is_paused = false;
  std::optional<WallTime> next_time{}; ///< Empty if it cannot be told: the time zone is no longer known.
  std::optional<WallTime> last_time{}; ///< When it was due the last time that it fired.
  std::vector<ScheduleRun> last_runs{}; ///< What it published then.
  std::string error{}; ///< Why it published nothing then; empty if it did.
};

/// Which schedules to list: in the order of their ids, beginning after `after`.
struct ScheduleQuery {
  ScheduleId after{};
  std::size_t limit = 10'000;
};

} // namespace sluice
