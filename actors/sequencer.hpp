// Commits changes in the order they were submitted, in groups: while one group is being
// committed the next one gathers (design: one sequencer, group commit).
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "actors/store/store.hpp"

namespace sluice {

class Sequencer {
public:
  /// What follows a commit: hand on and answer. Told whether the changes are safe.
  using Then = std::function<void(const Result<void>&)>;

  Sequencer(Store& store, Fence fence) : store_(store), fence_(fence) {}

  /// Adds to the submission that is being put together. Until it is submitted nothing else
  /// may run; a handler therefore does what can fail before it adds.
  void add(Change change) { gathering_.changes.push_back(std::move(change)); }

  /// Takes back what was added and not submitted.
  void discard();

  /// Called for each change that is put back, after all who may fail have heard of it: the state it
  /// was made of may be another now. May be empty.
  std::function<void(Change&)> on_put_back;

  /// Runs `then` once the group with the changes added since the last submission is committed,
  /// or is known not to be; in the order of submission. A group that fails takes with it all that
  /// gathers behind it.
  void submit(Then then);
  /// The same for changes that report what has happened: if their group fails they are put
  /// back and committed with a later one. `then` hears of an error only when the store is lost.
  void submit_firmly(Then then);

  /// True while firm changes cannot be stored: nothing more should be started.
  bool is_stuck() const noexcept { return failures_ > 1 && has_firm_; }
  /// Why the last group failed; empty when it did not.
  const std::optional<Error>& failure() const noexcept { return failure_; }
  /// Tries once more what was put back.
  void retry();

private:
  struct Submission {
    Then then;
    bool firm;
  };
  struct Group {
    Changes changes;
    Changes firm; ///< Copies of those that are put back.
    std::vector<Submission> submissions;
  };

  /// What a group has come to, and those who are to hear of it.
  struct Verdict {
    Result<void> result;
    std::vector<Submission> submissions;
  };

  void enlist(Then then, bool firm);
  void commit_gathered();
  void on_committed(const Result<void>& result);
  void tell();
  void on_failed(Group failed, const Error& error);
  void put_back(Group firm);
  void renew(Group& group);
  static void append(Group& to, Group from);

  Store& store_;
  Fence fence_;
  Group gathering_;
  std::size_t submitted_ = 0; ///< Changes of `gathering_` that belong to a submission.
  Group committing_; ///< Its changes are with the store.
  std::vector<Submission> spare_; ///< Empty: memory of those that were told.
  bool is_committing_ = false;
  std::deque<Verdict> verdicts_; ///< Not yet told, in order.
  bool is_telling_ = false;
  int failures_ = 0; ///< Of groups, since one succeeded.
  bool has_firm_ = false; ///< Something that was put back waits.
  std::optional<Error> failure_;
};

} // namespace sluice
