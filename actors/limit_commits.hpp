// The scheduler's side of the rate limits: their steps go through the sequencer like everything else.
#pragma once

#include "actors/limit_messages.hpp"
#include "actors/sequencer.hpp"

namespace sluice {

class LimitCommits {
public:
  LimitCommits(caf::event_based_actor* self, Sequencer& sequencer) : self_(self), sequencer_(sequencer) {}

  /// Stores a step and answers it. One that was decided on top of a refused step is refused, too.
  void commit(to_scheduler::CommitLimits& step);

private:
  void on_refused(const caf::actor& from, std::uint64_t epoch, const Error& error);

  caf::event_based_actor* self_;
  Sequencer& sequencer_;
  std::uint64_t epoch_ = 0; ///< Grows with each refusal; older steps do not know of it.
  Error refusal_; ///< The last one.
};

} // namespace sluice
