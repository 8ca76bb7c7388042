#include "actors/limit_commits.hpp"

namespace sluice {

void LimitCommits::commit(to_scheduler::CommitLimits& step) {
  if (step.epoch != epoch_)
    return step.then(refusal_);
  for (auto& change : step.changes)
    sequencer_.add(std::move(change));
  sequencer_.submit(
      [this, from = step.from, epoch = step.epoch, then = std::move(step.then)](const Result<void>& stored) {
        // The owner hears of it before the caller, whose next call then finds what it should.
        if (stored)
          tell(self_, from, to_limits::Stored{epoch});
        else
          on_refused(from, epoch, stored.error());
        then(stored);
      });
}

void LimitCommits::on_refused(const caf::actor& from, std::uint64_t epoch, const Error& error) {
  if (epoch != epoch_)
    return;
  ++epoch_;
  refusal_ = error;
  tell(self_, from, to_limits::Refused{epoch});
}

} // namespace sluice
