// `sluice --list-crash-points`: where a build for crash tests can be made to end.
#pragma once

namespace sluice::program {

/// Prints one name per line, for `SLUICE_CRASH_AT=name:n`. Returns the exit code: 2 in a build without them.
int list_crash_points();

} // namespace sluice::program
