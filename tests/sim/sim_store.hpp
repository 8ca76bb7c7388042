// A disk in virtual time: a commit takes its time, may find no room, and what was not answered may
// be lost in a crash.
#pragma once

#include "tests/sim/journal.hpp"
#include "tests/sim/plan.hpp"
#include "tests/support/slow_store.hpp"

namespace sluice::sim {

class SimStore final : public test::SlowStore {
public:
  SimStore(test::VirtualTime& time, Journal& journal, Random& random, const Plan& plan)
      : time_(time), journal_(journal), random_(random), plan_(plan) {}

  void commit(Changes changes, Fence fence, Committed done) override;
  Result<void> room_for(std::size_t bytes) const override;

  /// From now on no group fits, or all do.
  void set_full(bool full) { full_ = full; }
  /// The next write is the last: it and all that follow fail until the next process opens the store.
  void break_down() { broken_ = true; }
  /// No slow commits any more.
  void heal() { healed_ = true; }
  /// The process is gone: of the group that was being written chance decides. The store is opened anew.
  void crash();

  /// Runs something where the owner runs: a commit ends there.
  std::function<void(std::function<void()>)> inside_owner;
  /// Told of the changes of each group that reaches the disk, before that.
  std::function<void(const Changes&)> on_stored;
  /// May change a group as if the program had put it together so. For planted bugs, as the next.
  std::function<void(Changes&)> tamper;
  /// May spoil a group on its way to the disk; nobody is told.
  std::function<void(Changes&)> spoil;
  /// From now on groups are answered before a crash would keep them: a planted bug.
  void answer_early() { early_ = true; }
  /// Told once after `break_down` has taken effect.
  std::function<void()> on_broken;
  /// Told when a group was refused.
  std::function<void()> on_refused;

  bool is_full() const { return full_; }

private:
  Duration draw_latency();
  void finish();
  void store_oldest();
  void remember(const Group& group);
  void lose_unsynced();

  test::VirtualTime& time_;
  Journal& journal_;
  Random& random_;
  const Plan& plan_;
  bool full_ = false;
  bool broken_ = false;
  bool healed_ = false;
  bool early_ = false;
  /// What was answered early, and how often the store had been opened by then.
  struct Early {
    Changes changes;
    Fence fence;
    std::uint64_t opening;
    Duration synced_at;
  };
  std::vector<Early> early_groups_;
  std::uint64_t openings_ = 0; ///< A latency that was drawn before a crash means nothing after it.
};

} // namespace sluice::sim
