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
  if (gathering_.submissions.empty())
    return;
  is_committing_ = true;
  submitted_ = 0;
  committing_.submissions.swap(gathering_.submissions);
  committing_.firm.swap(gathering_.firm);
  auto changes = std::exchange(gathering_.changes, {});
  gathering_.changes.reserve(changes.size()); // Groups that follow each other are alike.
  store_.commit(std::move(changes), fence_, [this](const Result<void>& result) { on_committed(result); });
}

// The disk goes on with the next group while those of this one are told.
void Sequencer::on_committed(const Result<void>& result) {
  is_committing_ = false;
  if (!result)
    return on_failed(std::exchange(committing_, {}), result.error());
  committing_.firm.clear();
  failures_ = 0;
  has_firm_ = false;
  failure_.reset();
  verdicts_.push_back({result, std::exchange(committing_.submissions, std::exchange(spare_, {}))});
  commit_gathered();
  tell();
}

// A store may answer inside of `commit`: whoever tells already goes on with that.
void Sequencer::tell() {
  if (std::exchange(is_telling_, true))
    return;
  while (!verdicts_.empty()) {
    auto verdict = std::move(verdicts_.front());
    verdicts_.pop_front();
    for (auto& one : verdict.submissions)
      one.then(verdict.result);
    verdict.submissions.clear();
    spare_ = std::move(verdict.submissions);
  }
  is_telling_ = false;
}

// Those who may fail hear of it, and so do those who have gathered since: their changes were made on
// top of what did not come to be. The rest comes before everything that follows.
void Sequencer::on_failed(Group failed, const Error& error) {
  ++failures_;
  failure_ = error;
  append(failed, std::exchange(gathering_, {}));
  submitted_ = 0;
  Verdict refused{error, {}};
  Group firm;
  for (auto& one : failed.submissions) {
    bool stays = one.firm && error.code != ErrorCode::unavailable;
    (stays ? firm.submissions : refused.submissions).push_back(std::move(one));
  }
  firm.firm = std::move(failed.firm);
  is_committing_ = true; // What those who are told submit only gathers.
  verdicts_.push_back(std::move(refused));
  tell();
  is_committing_ = false;
  if (!firm.submissions.empty())
    put_back(std::move(firm));
  if (!is_stuck())
    commit_gathered();
}

void Sequencer::put_back(Group firm) {
  has_firm_ = true;
  firm.changes = firm.firm;
  renew(firm);
  submitted_ += firm.changes.size();
  append(firm, std::exchange(gathering_, {}));
  gathering_ = std::move(firm);
}

void Sequencer::renew(Group& group) {
  if (!on_put_back)
    return;
  for (auto& change : group.changes)
    on_put_back(change);
  group.firm = group.changes;
}

void Sequencer::append(Group& to, Group from) {
  auto move_all = [](auto& into, auto& all) {
    into.insert(into.end(), std::make_move_iterator(all.begin()), std::make_move_iterator(all.end()));
  };
  move_all(to.changes, from.changes);
  move_all(to.firm, from.firm);
  move_all(to.submissions, from.submissions);
}

} // namespace sluice
