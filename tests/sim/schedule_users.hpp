// Those who create, replace, pause and delete schedules: checks that each of their times publishes once at most, that
// none publishes that is paused or gone, and that what was answered stays so, whatever happens to the process (I15).
#pragma once

#include <map>

#include "tests/sim/history.hpp"
#include "tests/sim/key_watch.hpp"
#include "tests/sim/node.hpp"

namespace sluice::sim {

/// Each specification that somebody wishes has a version of its own, over all schedules.
struct ScheduleState {
  int version = 0; ///< 0: there is none.
  bool paused = false;

  bool publishes() const { return version > 0 && !paused; }
  bool operator==(const ScheduleState&) const = default;
};

/// A new version, 0 to delete; or a pause or its end.
struct ScheduleOperation {
  std::optional<int> version{};
  bool paused = false;
};

Result<ScheduleState> apply_to_schedule(ScheduleState state, const ScheduleOperation& operation);

class ScheduleUsers {
public:
  ScheduleUsers(SimTime& time, Journal& journal, Random& random, const Plan& plan, const Ledger& ledger, KeyWatch& keys,
                const Store& disk, Node& node)
      : time_(time),
        journal_(journal),
        random_(random),
        plan_(plan),
        ledger_(ledger),
        keys_(keys),
        disk_(disk),
        node_(node) {}

  /// One call, of any kind.
  void call();
  /// The ledger has taken them.
  void on_stored(const Changes& changes);
  void on_process_over();
  void on_up() { read_all(); }
  /// At a moment when nothing goes wrong: nothing that is due waits for long.
  void check_due();
  void on_trouble() { overdue_.clear(); }
  /// Reads all of them once more and deletes them.
  void release();
  void check_end();

private:
  struct Known {
    History<ScheduleState, ScheduleOperation, apply_to_schedule> history{ScheduleState{}};
    int stored_version = 0;
    std::optional<WallTime> fired{}; ///< For which time that version did last.
  };
  struct Overdue {
    Duration since;
    int process;
    WallTime time;
  };

  void create(const ScheduleId& id);
  PublishRequest draw_request(int version);
  void remove(const ScheduleId& id);
  void set_paused(const ScheduleId& id, bool paused);
  void read(const ScheduleId& id);
  void read_all();
  template <class T, class Call>
  void operate(const ScheduleId& id, ScheduleOperation operation, Call call);

  void store(const PutSchedule& change);
  void store(const DropSchedule& change);
  void store(const FireSchedule& change);
  template <class Other>
  void store(const Other&) {}
  void check_published(const FireSchedule& fired);
  void check_others(const Changes& changes);
  void check_due(const ScheduleRow& row);

  SimTime& time_;
  Journal& journal_;
  Random& random_;
  const Plan& plan_;
  const Ledger& ledger_;
  KeyWatch& keys_;
  const Store& disk_;
  Node& node_;
  int last_version_ = 0;
  std::map<ScheduleId, Known> schedules_;
  std::map<int, std::string> crons_; ///< By version.
  std::map<Sequence, std::shared_ptr<const Message>> published_; ///< In the group that is looked at.
  std::map<ScheduleId, Overdue> overdue_;
};

} // namespace sluice::sim
