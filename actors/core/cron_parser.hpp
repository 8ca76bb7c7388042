// The text of five cron fields (spec §6.7).
#pragma once

#include <string_view>

#include "actors/core/cron_fields.hpp"
#include "sluice/result.hpp"

namespace sluice::core {

/// Reads `minute hour day-of-month month day-of-week`, apart by blanks, as cron and the
/// parser of robfig/cron v3 do.
///
/// A field is a comma-separated list of `*`, `?` (the same), a value, a range `first-last`,
/// and each of these with a step: `*/5`, `10-50/20`, and `3/5` for "from 3 to the end".
/// Months may be JAN-DEC and days of the week SUN-SAT, in any case; Sunday is 0, not 7.
/// A field with `*` or `?`, or with the step 1 on them, does not restrict its days.
///
/// Error: `invalid_argument` whose message is the reason alone, to be put behind a colon.
/// It names the field and the value; also for dates that no year has.
Result<CronFields> parse_cron_fields(std::string_view text);

} // namespace sluice::core
