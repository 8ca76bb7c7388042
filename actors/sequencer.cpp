#include "actors/sequencer.hpp"

#include <utility>

namespace sluice {

void Sequencer::commit_gathered() {
  while (!is_committing_ && !gathering_.thens.empty()) {
    is_committing_ = true;
    is_inside_call_ = true;
    committing_.swap(gathering_.thens);
    store_.commit(std::exchange(gathering_.changes, {}), fence_,
                  [this](Result<void> result) { on_committed(std::move(result)); });
    is_inside_call_ = false;
  }
}

// A store that answers inside the call spares the way back to the owner's thread.
void Sequencer::on_committed(Result<void> result) {
  if (is_inside_call_)
    return finish(result);
  resume_([this, result = std::move(result)] {
    finish(result);
    commit_gathered();
  });
}

void Sequencer::finish(const Result<void>& result) {
  // Submissions made by what follows gather behind this group.
  for (auto& then : committing_)
    then(result);
  committing_.clear();
  is_committing_ = false;
}

} // namespace sluice
