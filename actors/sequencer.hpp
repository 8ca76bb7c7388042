// Commits changes in the order they were submitted, in groups: while one group is being
// committed the next one gathers (design: one sequencer, group commit).
#pragma once

#include <functional>
#include <vector>

#include "actors/store/store.hpp"

namespace sluice {

class Sequencer {
public:
  /// What follows a commit: hand on and answer. Told whether the changes are safe.
  using Then = std::function<void(const Result<void>&)>;
  /// Brings work back to the owner's thread; a store may answer on another one.
  using Resume = std::function<void(std::function<void()>)>;

  Sequencer(Store& store, Fence fence, Resume resume) : store_(store), fence_(fence), resume_(std::move(resume)) {}

  /// Runs `then` once the group that holds `changes` is committed; in the order of `submit`.
  template <class... Parts>
  void submit(Then then, Parts&&... changes) {
    (gathering_.changes.push_back(std::forward<Parts>(changes)), ...);
    gathering_.thens.push_back(std::move(then));
    if (!is_committing_)
      commit_gathered();
  }

private:
  struct Group {
    Changes changes;
    std::vector<Then> thens;
  };

  void commit_gathered();
  void on_committed(Result<void> result);
  void finish(const Result<void>& result);

  Store& store_;
  Fence fence_;
  Resume resume_;
  Group gathering_;
  std::vector<Then> committing_; ///< What follows the group that is being committed.
  bool is_committing_ = false;
  bool is_inside_call_ = false; ///< The store has not returned from `commit` yet.
};

} // namespace sluice
