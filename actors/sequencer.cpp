#include "actors/sequencer.hpp"

#include <utility>

namespace sluice {

void Sequencer::discard() {
  gathering_.changes.erase(gathering_.changes.begin() + static_cast<std::ptrdiff_t>(submitted_),
                           gathering_.changes.end());
}

void Sequencer::submit(Then then) {
  if (is_stuck()) {
    discard();
    return then(*failure_);
  }
  enlist(std::move(then), false);
}

void Sequencer::submit_firmly(Then then) {
  gathering_.firm.insert(gathering_.firm.end(), gathering_.changes.begin() + static_cast<std::ptrdiff_t>(submitted_),
                         gathering_.changes.end());
  enlist(std::move(then), true);
}

void Sequencer::enlist(Then then, bool firm) {
  submitted_ = gathering_.changes.size();
  gathering_.submissions.push_back({std::move(then), firm});
  if (!is_committing_ && !is_stuck())
    commit_gathered();
}

void Sequencer::retry() {
  if (!is_committing_)
    commit_gathered();
}

void Sequencer::commit_gathered() {
  while (!is_committing_ && !gathering_.submissions.empty()) {
    is_committing_ = true;
    is_inside_call_ = true;
    committing_.submissions.swap(gathering_.submissions);
    committing_.firm.swap(gathering_.firm);
    submitted_ = 0;
    store_.commit(std::exchange(gathering_.changes, {}), fence_,
                  [this](const Result<void>& result) { on_committed(result); });
    is_inside_call_ = false;
    if (is_stuck())
      return;
  }
}

void Sequencer::on_committed(const Result<void>& result) {
  auto done = std::exchange(committing_, {});
  is_committing_ = false;
  if (result) {
    failures_ = 0;
    has_firm_ = false;
    failure_.reset();
    // Submissions made by what follows gather behind this group.
    is_committing_ = true;
    for (auto& one : done.submissions)
      one.then(result);
    is_committing_ = false;
    // Its memory serves the next group.
    done.submissions.clear();
    done.firm.clear();
    if (committing_.submissions.empty())
      committing_ = std::move(done);
  } else {
    put_back(std::move(done), result.error());
  }
  if (!is_inside_call_ && !is_stuck())
    commit_gathered();
}

// Those who may fail hear of it; the rest comes before everything that has gathered since.
void Sequencer::put_back(Group failed, const Error& error) {
  ++failures_;
  failure_ = error;
  bool is_lost = error.code == ErrorCode::unavailable;
  Group first;
  first.changes = failed.firm;
  first.firm = std::move(failed.firm);
  is_committing_ = true;
  for (auto& one : failed.submissions)
    if (one.firm && !is_lost)
      first.submissions.push_back(std::move(one));
    else
      one.then(error);
  is_committing_ = false;
  if (first.submissions.empty())
    return;
  has_firm_ = true;
  auto append = [](auto& to, auto& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  };
  submitted_ += first.changes.size();
  append(first.changes, gathering_.changes);
  append(first.firm, gathering_.firm);
  append(first.submissions, gathering_.submissions);
  gathering_ = std::move(first);
}

} // namespace sluice
