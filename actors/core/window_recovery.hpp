// What a key's rate period is worth after the process that counted it has ended.
//
// Leased windows are taken as far as they were leased. Shorter ones are not written while they
// run: after an unclean end such a key waits one period (see lease.hpp).
#pragma once

#include "actors/core/flow_controller.hpp"

namespace sluice::core {

/// Who wrote a key's row.
enum class Writer {
  this_process, ///< The row is exact.
  same_boot, ///< A process before, since the machine started: steady times compare.
  other_boot, ///< Only wall-clock times compare.
};

/// How this process found the store.
struct Recovery {
  bool was_clean = true; ///< The process before wrote exact rows at its end.
  Now opened_at{};
};

/// The state to go on with, from a stored one. The window is never younger than the true one;
/// a wall clock that jumped holds a key back for one period at most.
FlowState recovered(FlowState stored, Writer writer, const Recovery& recovery, Now now);

} // namespace sluice::core
