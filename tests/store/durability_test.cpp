// What only a store on a disk promises: that it is there again, and that nothing else is taken for one.
#include <fstream>

#include <sqlite3.h>
#include <sys/stat.h>

#include "actors/store/schema.hpp"
#include "actors/store/store_directory.hpp"
#include "actors/store/store_tools.hpp"
#include "tests/store/stores.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

namespace fs = std::filesystem;

// Until version 6 the rows of messages told how they had ended.
constexpr auto add_states = "ALTER TABLE messages ADD COLUMN state INTEGER NOT NULL DEFAULT 0; ";

const auto drop_later_tables =
    std::string(
        "DROP TABLE schedules; DROP TABLE schedule_specs; DROP TABLE schedule_runs; DROP TABLE reservations; ") +
    add_states;

// The third of `everything` as it had failed before its end told its size.
constexpr auto old_failure = "UPDATE messages SET state = 2, attempts = 1 WHERE sequence = 3; "
                             "UPDATE finished SET records = x'0103'; ";

// A message as the first version of the tables had it.
constexpr auto old_record =
    "01157258e3c7019c38070000000000000080a0abfef96280a0abfef96219687474703a2f2f64657374696e6174696f6e"
    "2e746573742f31010101410162060000000001016b000080a8d6b9070101710100016401036f6c64093139322e302e322e3106";

// A group with every kind of thing in it.
Changes everything() {
  FlowState state;
  state.config.limits.rate = 9;
  return {insert(1, 5ms),
          insert(2, 1h, true),
          insert(3),
          finish(3, 2s, MessageRow::State::failed),
          RetryMessage{1, 2, wall0 + 9ms},
          RequestCancel{2},
          InsertMessage{queued(4, "q"), wall0, false},
          PutKey{k, state},
          PutKey{queue_key({"q"}), {}},
          InsertDlqEntry{failed(7, 3)},
          RememberDuplicate{"id", 1, wall0 + 10s},
          event(1ms, 1),
          event(2ms, 2),
          AddAudit{std::make_shared<AuditEntry>(AuditEntry{wall0, {"alice", ""}, "pin", "k"})},
          PutSchedule{daily_schedule(), wall0, wall0 + 5min},
          PauseSchedule{{"s"}},
          FireSchedule{{"s"}, wall0 + 1min, wall0 + 6min, {1}},
          PutSigningKeys{{"a", "b"}}};
}

template <class Subject>
void check_everything(Subject& store) {
  CHECK(sequences(store->pending(0, all)) == Sequences{1, 2, 4});
  CHECK(store->message(1)->attempts == 2);
  CHECK(store->message(1)->position() == WaitPosition{wall0 + 9ms, 1});
  CHECK(store->message(2)->cancel_requested);
  CHECK(store->message(3)->state == MessageRow::State::failed);
  CHECK(store->message(3)->attempts == 1);
  CHECK(store->message(3)->finished_at == wall0 + 2s);
  CHECK(store->due({}, wall0 + 2h, all).size() == 2);
  CHECK(store->key(k)->state.config.limits.rate == 9);
  CHECK(store->queues({}, all).size() == 1);
  CHECK(store->dlq({}).entries.size() == 1);
  CHECK(store->duplicate("id", wall0)->sequence() == 1);
  CHECK(sequences(log_of(store)) == Sequences{1, 2});
  CHECK(store->audit({}).size() == 1);
  CHECK(store->signing_keys()->next == "b");
  CHECK(store->last_sequence() == 4);
}

Error refusal(SqliteAt& store) {
  auto opened = store.try_open();
  REQUIRE_FALSE(opened);
  return opened.error();
}

// Runs SQL on the files of a store that is closed.
void tamper(Sqlite& store, const std::string& sql) {
  store.store.reset();
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(StoreFiles(store.options.directory).database.c_str(), &database) == SQLITE_OK);
  CHECK(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
}

void overwrite(const std::string& file, std::streamoff at, const std::string& bytes) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(at);
  stream << bytes;
}

} // namespace

TEST_CASE("SqliteStore is the same after it was closed and opened", "[store]") {
  Sqlite store;
  REQUIRE(commit_all(store, everything(), store->opening().generation));
  check_everything(store);
  store.reopen();
  check_everything(store);
}

TEST_CASE("SqliteStore is the same after a kill", "[store]") {
  Sqlite store;
  REQUIRE(commit_all(store, everything(), store->opening().generation));
  // What a killed process leaves: its files as they are, the log not copied yet.
  SqliteAt after(store.directory.place("after"));
  fs::copy(store.options.directory, after.options.directory);
  REQUIRE(fs::file_size(after.options.directory + "/sluice.db-wal") > 0);
  after.reopen();
  check_everything(after);
  CHECK_FALSE(after->opening().was_clean);
  CHECK(after->opening().origin == store->opening().origin);
}

TEST_CASE("SqliteStore remembers the last number although its message was dropped", "[store]") {
  Sqlite store;
  REQUIRE(commit(store, insert(41), finish(41), DropFinished{wall0 + 1s, 0, all}));
  CHECK_FALSE(store->message(41));
  store.reopen();
  CHECK(store->last_sequence() == 41);
}

TEST_CASE("SqliteStore counts finished messages and events on after a reopening", "[store]") {
  Sqlite store;
  REQUIRE(commit(store, insert(1), insert(2), insert(3), finish(1), finish(2), event(1ms, 1), event(1ms, 2)));
  store.reopen();
  REQUIRE(commit(store, event(1ms, 3), DropFinished{wall0, 1, all}, DropEvents{wall0, 2, all}));
  CHECK_FALSE(store->message(1));
  CHECK(store->message(2));
  CHECK(sequences(log_of(store)) == Sequences{2, 3});
}

TEST_CASE("SqliteStore numbers the records of an older store anew", "[store]") {
  Sqlite store;
  REQUIRE(commit(store, insert(1), insert(2), event(1ms, 1), event(1ms, 2), event(1ms, 1)));
  REQUIRE(commit(store, event(1ms, 2), event(1ms, 1), event(2ms, 2), finish(1), finish(2)));
  auto whole = log_of(store);
  // There a row was numbered by the rows before it, and ends told no sizes.
  tamper(store, drop_later_tables + "UPDATE events SET id = (id >> 20 << 20) + 1 WHERE (id & 0xfffff) > 0;"
                                    "UPDATE messages SET state = 1; UPDATE finished SET records = x'00010002';"
                                    "ALTER TABLE header DROP COLUMN finished_bytes; PRAGMA user_version = 3");
  store.reopen();
  auto found = log_of(store);
  REQUIRE(sequences(found) == sequences(whole));
  for (std::size_t each = 0; each < whole.size(); ++each)
    CHECK(found[each].position == whole[each].position);
  REQUIRE(commit(store, event(1ms, 1), DropEvents{wall0, 6, all}));
  CHECK(sequences(log_of(store)) == Sequences{2, 1, 2, 1, 1, 2});
  store.reopen();
  CHECK(verify(store.options.directory));
}

TEST_CASE("SqliteStore answers none of the groups it did not get to", "[store]") {
  Sqlite store;
  auto done = [](Result<void>) { FAIL("the store is gone"); };
  Fence fence{store->opening().generation};
  store->commit({insert(1)}, fence, done);
  store->commit({insert(2)}, fence, done);
  store.store.reset();
  store.await_commit();
  store.reopen();
  CHECK(store->message(1));
  CHECK_FALSE(store->message(2));
}

TEST_CASE("SqliteStore does not trust steady times of another run of the machine", "[store]") {
  Sqlite store;
  REQUIRE(commit(store, PutKey{k, {}}));
  store.options.boot_id = "boot 2";
  store.reopen();
  CHECK(store->key(k)->writer == core::Writer::other_boot);
  REQUIRE(commit(store, PutKey{k, {}}));
  store.reopen();
  CHECK(store->key(k)->writer == core::Writer::same_boot);
}

TEST_CASE("SqliteStore makes its directory for its owner alone", "[store]") {
  TemporaryDirectory directory;
  Sqlite store;
  store.options.directory = directory.place("a/b/c");
  store.reopen();
  struct stat found {};
  REQUIRE(stat(store.options.directory.c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0700);
  // An empty folder that exists is fine, with or without a slash at its end.
  store.options.directory = directory.place("empty");
  fs::create_directory(store.options.directory);
  store.options.directory += '/';
  store.reopen();
}

TEST_CASE("SqliteStore refuses a directory that it cannot use", "[store]") {
  Sqlite store;
  auto file = store.directory.place("file");
  std::ofstream(file) << "text";
  store.options.directory = file;
  CHECK(refusal(store).code == ErrorCode::io_error);
}

TEST_CASE("SqliteStore keeps a second process out", "[store]") {
  Sqlite store;
  SqliteAt second(store.options.directory);
  auto error = refusal(second);
  CHECK(error.code == ErrorCode::store_unusable);
  CHECK(error.message == store.options.directory + " is in use by another process.");
  // A lock file that nobody holds is no obstacle.
  store.store.reset();
  CHECK(fs::exists(StoreFiles(store.options.directory).lock));
  second.reopen();
}

TEST_CASE("SqliteStore gives way to an owner that came round the lock", "[store]") {
  Sqlite store;
  REQUIRE(commit(store, insert(1)));
  fs::remove(StoreFiles(store.options.directory).lock);
  SqliteAt newer(store.options.directory);
  newer.reopen();
  CHECK(newer->opening().generation == store->opening().generation + 1);
  CHECK(commit(store, insert(2)).error().code == ErrorCode::unavailable);
  REQUIRE(commit(newer, insert(3)));
  CHECK(sequences(newer->pending(0, all)) == Sequences{1, 3});
}

TEST_CASE("SqliteStore refuses what is not its own", "[store]") {
  Sqlite store;
  store.store.reset();
  auto file = StoreFiles(store.options.directory).database;
  SECTION("a text") {
    fs::remove(file);
    std::ofstream(file) << std::string(5000, 'x');
    CHECK(refusal(store).message == file + " is damaged, or not a store of sluice.");
  }
  SECTION("a database of another program") {
    fs::remove(file);
    tamper(store, "CREATE TABLE t(x)");
    CHECK(refusal(store).message == file + " is a database of another program.");
  }
  SECTION("a newer store") {
    tamper(store, "PRAGMA user_version = 99");
    CHECK(refusal(store).message == file + " was written by a newer sluice (version 99 of its tables; this one knows " +
                                        std::to_string(schema_version) + ").");
  }
  SECTION("a store without its header") {
    tamper(store, "DELETE FROM header");
    CHECK(refusal(store).code == ErrorCode::store_unusable);
  }
  SECTION("a store without one of its tables") {
    tamper(store, "DROP TABLE dlq");
    CHECK(refusal(store).code == ErrorCode::store_unusable);
  }
  SECTION("a file that was cut") {
    fs::resize_file(file, 3 * 4096);
    CHECK(refusal(store).code == ErrorCode::store_unusable);
  }
  SECTION("pages without meaning") {
    overwrite(file, 4096, std::string(fs::file_size(file) - 4096, '\x5a'));
    CHECK(refusal(store).code == ErrorCode::store_unusable);
  }
  SECTION("a state table without meaning") {
    auto root = (*Database::open(file, Database::Access::write))
                    ->number("SELECT rootpage FROM sqlite_schema WHERE name = 'messages'");
    overwrite(file, (root - 1) * 4096, std::string(4096, '\x5a'));
    CHECK(refusal(store).code == ErrorCode::store_unusable);
  }
  SECTION("a damaged first page") {
    overwrite(file, 100, std::string(500, '\xff'));
    CHECK(refusal(store).code == ErrorCode::store_unusable);
  }
  CHECK(refusal(store).code == ErrorCode::store_unusable);
}

TEST_CASE("SqliteStore brings a store of the first version up to date", "[store]") {
  Sqlite store;
  tamper(store, drop_later_tables +
                    "DROP TABLE url_groups; DROP TABLE limits; DROP TABLE limit_rows;"
                    "ALTER TABLE header DROP COLUMN limit_time;"
                    "ALTER TABLE header DROP COLUMN finished_bytes;"
                    "INSERT INTO keys VALUES (1, CAST(x'01' || 'q' AS BLOB), 1, NULL);"
                    "INSERT INTO messages VALUES (1, 1, 2, 0, 1, 0, 1700000000000, 0);"
                    "INSERT INTO bodies VALUES (1, x'" +
                    old_record + "', x'787878'); UPDATE header SET last_sequence = 1; PRAGMA user_version = 1");
  store.reopen();
  auto row = store->message(1);
  REQUIRE(row);
  const auto& request = row->message->request;
  CHECK(row->attempts == 2);
  CHECK(request.body.view() == "xxx");
  CHECK(row->message->destination().url == "http://destination.test/1");
  CHECK(request.queue == QueueName{"q"});
  CHECK(request.labels == std::vector<std::string>{"old"});
  CHECK(request.hops == 3);
  CHECK_FALSE(request.schedule);
  REQUIRE(commit(store, PutSchedule{daily_schedule(), wall0, wall0 + 5min}, RetryMessage{1, 3, wall0}));
  store.reopen();
  CHECK(store->schedule({"s"}));
  CHECK(store->message(1)->attempts == 3);
  CHECK(verify(store.options.directory));
}

TEST_CASE("SqliteStore cannot go on when a schedule was damaged", "[store]") {
  Sqlite store;
  REQUIRE(commit(store, PutSchedule{daily_schedule(), wall0, wall0 + 5min}));
  tamper(store, "UPDATE schedule_specs SET body = x'00'");
  std::string reason;
  store.options.fatal = [&](const std::string& why) { reason = why; };
  store.reopen();
  CHECK_FALSE(store->schedule({"s"}));
  CHECK(reason == "the store is damaged: schedule s cannot be read.");
}

TEST_CASE("SqliteStore keeps schedules over a reopening", "[store]") {
  Sqlite store;
  REQUIRE(commit_all(store, everything(), store->opening().generation));
  store.reopen();
  CHECK(store->schedule({"s"})->spec->cron == "@daily");
  CHECK(store->schedule({"s"})->paused);
  CHECK(store->schedule({"s"})->last == wall0 + 1min);
  CHECK(store->schedule({"s"})->runs.size() == 1);
}

TEST_CASE("SqliteStore cannot go on when a message was damaged", "[store]") {
  Sqlite store;
  REQUIRE(commit(store, insert(1)));
  tamper(store, "UPDATE bodies SET body = x'787879'");
  std::string reason;
  store.options.fatal = [&](const std::string& why) { reason = why; };
  store.reopen();
  CHECK_FALSE(store->message(1));
  CHECK(reason == "the store is damaged: message 1 cannot be read.");
}

TEST_CASE("SqliteStore forgets names of keys that nothing needs any more when it is opened", "[store]") {
  Sqlite store;
  constexpr Sequence many = 1000;
  Changes changes;
  for (Sequence sequence = 1; sequence <= many; ++sequence) {
    changes.push_back(InsertMessage{message(sequence, "key " + std::to_string(sequence)), wall0, false});
    changes.push_back(finish(sequence));
  }
  changes.push_back(DropFinished{wall0, 1, all});
  changes.push_back(insert(many + 1));
  REQUIRE(commit_all(store, std::move(changes), store->opening().generation));
  store.reopen();
  CHECK(store->waiting_count(k, wall0) == 1);
  CHECK(store->message(many)->state == MessageRow::State::delivered);
  store.store.reset();
  auto database = Database::open(StoreFiles(store.options.directory).database, Database::Access::write);
  REQUIRE(database);
  CHECK((*database)->number("SELECT count(*) FROM keys") == 2);
}

TEST_CASE("SqliteStore keeps its log short under steady load", "[store]") {
  Sqlite store;
  store.options.checkpoint_after = 64 * 4096;
  store.reopen();
  auto log = store.options.directory + "/sluice.db-wal";
  for (Sequence sequence = 1; sequence <= 400; ++sequence)
    REQUIRE(commit(store, InsertMessage{message(sequence, "k", 4000), wall0, false}));
  // Each commit appends at least two pages: without an end of the log it would have 800.
  CHECK(fs::file_size(log) < 400 * 4096);
  CHECK(store->pending(0, all).size() == 400);
}

TEST_CASE("SqliteStore takes over how messages have ended from their rows", "[store]") {
  Sqlite store;
  REQUIRE(commit(store, insert(1, 1h, true), insert(2), insert(3, 2h, true), insert(4), finish(1, 1s), finish(4, 1s),
                 finish(2, 2s)));
  // As version 6 had it: the first, cancelled before its time, kept its place among the scheduled.
  tamper(store,
         add_states + std::string("UPDATE messages SET state = 3, attempts = 0, scheduled = 1 WHERE sequence = 1;"
                                  "UPDATE messages SET state = 2, attempts = 4 WHERE sequence = 2;"
                                  "UPDATE messages SET state = 1, attempts = 1 WHERE sequence = 4;"
                                  "UPDATE finished SET records = x'02018a010204ff01' WHERE count = 2;"
                                  "UPDATE finished SET records = x'030205' WHERE count = 1;"
                                  "UPDATE header SET finished_bytes = 398; PRAGMA user_version = 6"));
  CHECK(verify(store.options.directory));
  for (int opening = 0; opening < 2; ++opening) {
    store.reopen();
    CHECK(store->message(1)->state == MessageRow::State::cancelled);
    CHECK(store->message(1)->attempts == 0);
    CHECK(store->message(2)->state == MessageRow::State::failed);
    CHECK(store->message(2)->attempts == 4);
    CHECK(store->message(2)->finished_at == wall0 + 2s);
    CHECK(store->message(4)->state == MessageRow::State::delivered);
    CHECK(sequences(store->pending(0, all)) == Sequences{3});
    CHECK(store->due({}, wall0 + 3h, all).size() == 1);
    CHECK(verify(store.options.directory));
  }
  REQUIRE(commit(store, DropFinished{wall0 + 1s + 1ms, all, all}));
  CHECK_FALSE(store->message(1));
  CHECK(store->message(2));
  CHECK(sequences(store->pending(0, all)) == Sequences{3});
}

TEST_CASE("SqliteStore refuses an older store whose ends make no sense", "[store]") {
  Sqlite store;
  REQUIRE(commit(store, insert(1), finish(1)));
  tamper(store, add_states + std::string("UPDATE finished SET records = x'0701'; PRAGMA user_version = 6"));
  CHECK(refusal(store).code == ErrorCode::store_unusable);
}

TEST_CASE("SqliteStore refuses a store whose ends make no sense", "[store]") {
  Sqlite store;
  REQUIRE(commit(store, insert(1), finish(1)));
  tamper(store, "UPDATE finished SET records = x'10010200'"); // Ended, but pending.
  CHECK(refusal(store).code == ErrorCode::store_unusable);
}

TEST_CASE("SqliteStore takes over a store from before there were rate limits", "[store]") {
  Sqlite store;
  REQUIRE(commit_all(store, everything(), store->opening().generation));
  tamper(store, drop_later_tables + old_failure +
                    "DROP TABLE limits; DROP TABLE limit_rows; ALTER TABLE header DROP COLUMN limit_time; "
                    "ALTER TABLE header DROP COLUMN finished_bytes; "
                    "PRAGMA user_version = 2");
  CHECK(verify(store.options.directory));
  store.reopen();
  check_everything(store);
  CHECK(store->limits().definitions().empty());
  REQUIRE(commit(store, PutLimitDefinition{"a", {{.rate = 1, .period = 1s}}},
                 SaveLimitRows{{{{"a", "k", 0, {}}, false}}, wall0}));
  store.reopen();
  check_everything(store);
  CHECK(store->limits().bucket("a", "k").size() == 1);
  CHECK(store->limits().last_time() == wall0);
}
