// The process ends at each point where it can, and the next one finds every answered group, whole.
#include <cstdlib>

#include <fcntl.h>
#include <sys/wait.h>

#include "actors/crash_point.hpp"
#include "actors/store/store_tools.hpp"
#include "tests/store/faulty_disk.hpp"
#include "tests/store/stores.hpp"

using namespace sluice;
using namespace sluice::test;

#ifdef SLUICE_CRASH_POINTS

namespace {

constexpr int groups = 12;

Sequence first_of(int group) { return static_cast<Sequence>(2 * group + 1); }

ScheduleId schedule_id(int group) { return {"schedule" + std::to_string(group)}; }

std::shared_ptr<const ScheduleSpec> schedule(int group) {
  ScheduleSpec spec{schedule_id(group), "@daily", {UrlDestination{"http://destination.test/s"}}};
  return std::make_shared<const ScheduleSpec>(std::move(spec));
}

// Every kind of change, so that each of its points is passed.
Changes group_of(int group) {
  auto first = first_of(group);
  Changes changes{insert(first),
                  insert(first + 1, 1h, true),
                  PutKey{{"key " + std::to_string(group)}, {}},
                  event(first * 1ms, first),
                  RetryMessage{first, 1, wall0},
                  RequestCancel{first + 1},
                  RememberDuplicate{"id " + std::to_string(group), first, wall0 + 1s},
                  PutSchedule{schedule(group), wall0, wall0},
                  FireSchedule{schedule_id(group), wall0, wall0, {first}},
                  PutSigningKeys{{std::to_string(group), ""}},
                  AddAudit{std::make_shared<AuditEntry>()}};
  if (group > 1)
    changes.insert(changes.end(),
                   {finish(first - 2, 0ms, MessageRow::State::failed), InsertDlqEntry{failed(group, first - 2)},
                    DropKey{{"key " + std::to_string(group - 2)}}, DropSchedule{schedule_id(group - 2)},
                    DropFinished{wall0 + 1s, 2, 9}, DropDlqEntries{WallTime{std::chrono::milliseconds{group - 2}}, 9},
                    DropEvents{wall0, 1000, 9}});
  return changes;
}

// What the child does: tells through a pipe which groups were answered.
[[noreturn]] void run_until_crash(const std::string& directory, int answers) {
  FaultyDisk disk;
  SqliteAt store(directory);
  store.options.vfs = disk.name();
  store.options.checkpoint_after = 20 * 4096;
  store.reopen();
  for (int group = 0; group < groups; ++group) {
    disk.set_full(false);
    if (group == groups / 2) {
      // One group meets a full disk, and comes again.
      disk.set_full(true);
      static_cast<void>(commit_all(store, group_of(group), store->opening().generation));
      disk.set_full(false);
    }
    auto result = commit_all(store, group_of(group), store->opening().generation);
    auto name = static_cast<char>(group);
    if (!result || write(answers, &name, 1) != 1)
      _exit(1);
  }
  // Long enough for the log to be copied and to begin anew.
  for (int each = 0; each < 300; ++each)
    static_cast<void>(commit(store, event(1h, 1)));
  static_cast<void>(backup(directory, directory + "/copy"));
  static_cast<void>(commit(store, CloseCleanly{}));
  _exit(0);
}

constexpr auto child_name = "run the scenario of a crash";
constexpr auto child_directory = "SLUICE_TEST_DIRECTORY";
constexpr auto child_answers = "SLUICE_TEST_ANSWERS";

// A program of its own, because the environment is read once.
[[noreturn]] void become_child(const std::string& directory, const std::string& target, int answers) {
  setenv(child_directory, directory.c_str(), 1);
  setenv("SLUICE_CRASH_AT", target.c_str(), 1);
  setenv(child_answers, std::to_string(answers).c_str(), 1);
  execl("/proc/self/exe", "store_test", child_name, nullptr);
  _exit(2);
}

// How many groups were answered, and the child's status.
std::pair<int, int> crash(const std::string& directory, const std::string& target) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  auto child = fork();
  if (child == 0)
    become_child(directory, target, ends[1]);
  close(ends[1]);
  int answered = 0;
  for (char name; read(ends[0], &name, 1) == 1;)
    ++answered;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return {answered, WEXITSTATUS(status)};
}

void check_after(const std::string& directory, int answered) {
  SqliteAt store(directory);
  store.reopen();
  auto verified = verify(directory);
  INFO((verified ? "" : verified.error().message));
  CHECK(verified);
  for (int group = 0; group < groups; ++group) {
    INFO("group " << group);
    auto present = store->message(first_of(group) + 1).has_value();
    if (group < answered)
      CHECK(present);
    if (group > answered)
      CHECK_FALSE(present);
    CHECK(store->duplicate("id " + std::to_string(group), wall0).has_value() == present);
    auto scheduled = store->schedule(schedule_id(group));
    CHECK((!scheduled || scheduled->runs.size() == 1));
  }
}

} // namespace

TEST_CASE(child_name, "[.]") { run_until_crash(std::getenv(child_directory), std::atoi(std::getenv(child_answers))); }

TEST_CASE("SqliteStore survives the end of the process at every point", "[store]") {
  auto points = crash_points();
  points.erase(std::unique(points.begin(), points.end()), points.end());
  CHECK(points.size() >= 20);
  for (const auto& point : points)
    for (auto passage : {"1", "2", "7"}) {
      auto target = point + ':' + passage;
      INFO(target);
      TemporaryDirectory directory;
      auto place = directory.place("data");
      auto [answered, status] = crash(place, target);
      // Some points are passed only once or twice.
      CHECK((status == 137 || (status == 0 && passage != std::string("1"))));
      check_after(place, answered);
    }
}

#endif
