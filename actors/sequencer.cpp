#include "actors/sequencer.hpp"

#include <memory>

namespace sluice {

namespace {

// A commit that answers inside the call spares the way back through `resume`.
struct Answer {
  bool inside_call = true;
  std::optional<Result<void>> result;
};

} // namespace

void Sequencer::commit_gathered() {
  while (!committing_ && !gathering_.thens.empty()) {
    committing_ = true;
    auto group = std::exchange(gathering_, {});
    auto thens = std::make_shared<std::vector<Then>>(std::move(group.thens));
    auto answer = std::make_shared<Answer>();
    store_.commit(std::move(group.changes), fence_, [this, thens, answer](Result<void> result) {
      if (answer->inside_call)
        answer->result = std::move(result);
      else
        resume_([this, thens, result = std::move(result)] {
          finish(std::move(*thens), result);
          commit_gathered();
        });
    });
    answer->inside_call = false;
    if (answer->result)
      finish(std::move(*thens), *answer->result);
  }
}

void Sequencer::finish(std::vector<Then> thens, const Result<void>& result) {
  // Submissions made by what follows gather behind this group.
  for (auto& then : thens)
    then(result);
  committing_ = false;
}

} // namespace sluice
