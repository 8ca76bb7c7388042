// Which configurations a key may have, given the calls that clients made: each was carried out, in
// the order of the calls, if it was answered with success; it was not if it was answered with an
// error; otherwise nobody knows.
#pragma once

#include <deque>
#include <vector>

#include "actors/core/flow_config.hpp"
#include "sluice/time.hpp"

namespace sluice::sim {

class ConfigHistory {
public:
  using Number = std::size_t;

  explicit ConfigHistory(core::FlowConfig initial) : base_{std::move(initial)} {}

  /// An operation is on its way.
  Number call(core::FlowOperation operation);
  /// One that may or may not come to be, whatever is answered.
  void call_unsure(core::FlowOperation operation);
  void answer(Number number, bool succeeded, Duration now);
  /// The process is gone: what was not answered never will be.
  void on_process_over();

  /// What may be in force now, for somebody who asked at `asked`: what was answered since counts as unknown.
  std::vector<core::FlowConfig> possible(Duration asked) const;

private:
  enum class Fate { open, unknown, succeeded, failed };
  struct Operation {
    core::FlowOperation what;
    Fate fate;
    Duration answered_at{0};
  };

  static std::vector<core::FlowConfig> after(const std::vector<core::FlowConfig>& before, const Operation& operation,
                                             bool is_sure);
  void forget_old();

  std::vector<core::FlowConfig> base_;
  std::deque<Operation> operations_;
  Number forgotten_ = 0;
};

} // namespace sluice::sim
