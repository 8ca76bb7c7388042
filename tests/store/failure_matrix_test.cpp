// The n-th write, sync or read of a scenario fails, for every n: a group is whole or not there at all.
#include <map>
#include <set>

#include "actors/store/store_tools.hpp"
#include "tests/store/faulty_disk.hpp"
#include "tests/store/stores.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

constexpr int groups = 8;

// What is known of each group after a scenario.
enum class Fate { safe, absent, unknown };

struct Scenario {
  FaultyDisk& disk;
  TemporaryDirectory directory{};
  SqliteAt store{directory.place("data")};
  std::atomic<int> fatal_calls{0};
  std::map<int, Fate> fates{};
  std::set<Sequence> finished{};
  std::optional<Error> open_error{};
  bool closed = false; ///< Before anything failed.

  explicit Scenario(FaultyDisk& disk) : disk(disk) {
    store.options.vfs = disk.name();
    store.options.fatal = [this](const std::string&) { ++fatal_calls; };
    store.options.cache = 0;
    store.options.checkpoint_after = 20 * 4096;
  }
  ~Scenario() { store.store.reset(); }

  static ScheduleId schedule_of(int group) { return {"schedule " + std::to_string(group)}; }
  static PutSchedule put_schedule(int group) {
    ScheduleSpec spec{schedule_of(group), "@daily", {UrlDestination{"http://destination.test/s"}}};
    return {std::make_shared<const ScheduleSpec>(std::move(spec)), wall0, wall0};
  }

  static Sequence first_of(int group) { return static_cast<Sequence>(2 * group + 1); }

  void run(Fault fault, int number) {
    disk.fail(fault, number);
    if (auto opened = store.try_open(); !opened) {
      open_error = opened.error();
      disk.heal();
      return;
    }
    for (int group = 0; group < groups; ++group)
      run_group(group);
    // Closing is a part of it: the log stays if it cannot be copied.
    closed = !disk.has_failed();
    store.store.reset();
    disk.heal();
  }

  void run_group(int group) {
    auto first = first_of(group);
    Changes changes{insert(first),
                    InsertMessage{message(first + 1, "k", 9000), wall0, true},
                    PutKey{{"key " + std::to_string(group)}, {}},
                    event(first * 1ms, first),
                    put_schedule(group),
                    FireSchedule{schedule_of(group), wall0, wall0 + 24h, {first}},
                    SaveLimitRows{{{{"limit", std::to_string(group), 0, {}}, false}}, wall0},
                    PutLimitDefinition{"limit " + std::to_string(group), {{.rate = 1, .period = 1s}}}};
    auto ends = end_of_an_earlier_one(group);
    if (ends)
      changes.insert(changes.end(), {finish(*ends, 0ms, MessageRow::State::failed), InsertDlqEntry{failed(9, *ends)},
                                     DropFinished{wall0 + 1h, 1, 9}});
    auto fatal_before = fatal_calls.load();
    auto result = commit_all(store, std::move(changes), store->opening().generation);
    fates[group] = result ? Fate::safe : fatal_calls > fatal_before ? Fate::unknown : Fate::absent;
    if (result && ends)
      finished.insert(*ends);
    // Reads in between may fail too, and then the process must not go on.
    store->message(first);
    store->waiting_count(k, wall0);
  }

  std::optional<Sequence> end_of_an_earlier_one(int group) const {
    auto before = fates.find(group - 1);
    return before != fates.end() && before->second == Fate::safe ? std::optional(first_of(group - 1)) : std::nullopt;
  }

  // What the next process finds.
  void check() {
    store.options.vfs.clear();
    store.reopen();
    for (auto [group, fate] : fates)
      check_group(group, fate);
    CHECK(commit(store, insert(1000), finish(1000), DropFinished{wall0 + 1h, 0, all}));
    auto verified = verify(store.options.directory);
    INFO((verified ? "" : verified.error().message));
    CHECK(verified);
  }

  void check_group(int group, Fate fate) {
    INFO("group " << group);
    auto first = first_of(group);
    auto present = store->message(first + 1).has_value();
    if (fate != Fate::unknown)
      CHECK(present == (fate == Fate::safe));
    CHECK(store->key({"key " + std::to_string(group)}).has_value() == present);
    CHECK(store->limits().bucket("limit", std::to_string(group)).empty() == !present);
    CHECK(store->limits().definitions().contains("limit " + std::to_string(group)) == present);
    auto schedule = store->schedule(schedule_of(group));
    CHECK(schedule.has_value() == present);
    CHECK((!schedule || (schedule->next == wall0 + 24h && schedule->runs.size() == 1)));
    LogQuery later;
    later.filter.from = wall0 + first * 1ms;
    CHECK(log_of(store, later).empty() == !has_event_from(group));
    auto row = store->message(first);
    // An ended one may have been dropped; before that it was the pending one.
    if (!finished.contains(first))
      CHECK(row.has_value() == present);
    else
      CHECK(store->dlq_entry({9, first}));
  }

  // Events are seen with their messages.
  bool has_event_from(int group) {
    for (int later = group; later < groups; ++later)
      if (store->message(first_of(later)))
        return true;
    return false;
  }
};

void run_matrix(Fault fault) {
  FaultyDisk disk;
  int number = 0;
  for (bool struck = true; struck; ++number) {
    INFO("operation " << number + 1);
    Scenario scenario(disk);
    scenario.run(fault, number + 1);
    struck = disk.has_failed();
    if (fault == Fault::sync && !scenario.closed && !scenario.open_error)
      CHECK(scenario.fatal_calls > 0);
    if (fault == Fault::write || fault == Fault::torn_write || fault == Fault::full)
      CHECK(scenario.fatal_calls == 0);
    if (!struck)
      CHECK(
          std::all_of(scenario.fates.begin(), scenario.fates.end(), [](auto one) { return one.second == Fate::safe; }));
    scenario.check();
  }
  // The scenario is worth its name.
  CHECK(number > 10);
}

} // namespace

TEST_CASE("SqliteStore keeps groups whole whichever write fails", "[store]") { run_matrix(Fault::write); }

TEST_CASE("SqliteStore keeps groups whole whichever write is torn", "[store]") { run_matrix(Fault::torn_write); }

TEST_CASE("SqliteStore keeps groups whole whichever write finds the disk full", "[store]") { run_matrix(Fault::full); }

TEST_CASE("SqliteStore ends whichever sync fails", "[store]") { run_matrix(Fault::sync); }

TEST_CASE("SqliteStore keeps groups whole whichever read fails", "[store]") { run_matrix(Fault::read); }
