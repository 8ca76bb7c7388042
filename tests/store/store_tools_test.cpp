// Verifying, copying and bringing back a store.
#include "actors/store/store_tools.hpp"

#include <fstream>
#include <thread>

#include <sqlite3.h>

#include "actors/store/store_directory.hpp"
#include "tests/store/stores.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

void tamper(const std::string& directory, const std::string& sql) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(StoreFiles(directory).database.c_str(), &database) == SQLITE_OK);
  CHECK(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
}

// A store with something of everything, open.
struct Filled : Sqlite {
  Filled() {
    Changes changes{insert(1),
                    insert(2, 1h, true),
                    PutKey{k, {}},
                    insert(3),
                    finish(3, 0ms, MessageRow::State::failed),
                    InsertDlqEntry{failed(5, 3)},
                    event(0ms, 1),
                    PutSchedule{daily_schedule(), wall0, wall0 + 1h},
                    FireSchedule{{"s"}, wall0, wall0 + 1h, {1}},
                    PutSigningKeys{{"a", "b"}},
                    AddAudit{std::make_shared<AuditEntry>()}};
    REQUIRE(commit_all(*this, std::move(changes), store->opening().generation));
  }
};

} // namespace

TEST_CASE("verify finds nothing wrong with a store in use", "[store]") {
  Filled store;
  auto found = verify(store.options.directory);
  INFO((found ? "" : found.error().message));
  CHECK(found);
  // And after retention has been at it.
  REQUIRE(commit(store, DropFinished{wall0 + 1s, 0, all}, finish(1), DropEvents{wall0 + 1s, 0, all}));
  CHECK(verify(store.options.directory));
  REQUIRE(commit(store, DropDlqEntries{WallTime{1s}, all}));
  CHECK(verify(store.options.directory));
}

TEST_CASE("verify names what is wrong", "[store]") {
  Filled store;
  store.store.reset();
  auto report_after = [&](const std::string& sql) {
    tamper(store.options.directory, sql);
    auto found = verify(store.options.directory);
    REQUIRE_FALSE(found);
    CHECK(found.error().code == ErrorCode::store_unusable);
    return found.error().message;
  };
  auto file = StoreFiles(store.options.directory).database;
  SECTION("a changed body") {
    CHECK(report_after("UPDATE bodies SET body = x'00' WHERE sequence = 2") ==
          file + " is damaged:\n  message 2 cannot be read");
  }
  SECTION("a lost body") {
    CHECK(report_after("DELETE FROM bodies WHERE sequence = 1") ==
          file + " is damaged:\n  1 messages without their content");
  }
  SECTION("a lost key") {
    CHECK(report_after("DELETE FROM keys") == file + " is damaged:\n  2 messages wait under no key");
  }
  SECTION("a cut key") {
    CHECK(report_after("UPDATE keys SET record = substr(record, 1, 5)") ==
          file + " is damaged:\n  key k cannot be read");
  }
  SECTION("a schedule under another id") {
    CHECK(report_after("UPDATE schedule_specs SET id = x'74'; UPDATE schedules SET id = x'74';"
                       "UPDATE schedule_runs SET schedule = x'74'") ==
          file + " is damaged:\n  schedule t cannot be read");
  }
  SECTION("a schedule without content") {
    CHECK(report_after("DELETE FROM schedule_specs") == file + " is damaged:\n  1 schedules without their content");
  }
  SECTION("what a schedule has left behind") {
    CHECK(report_after("DELETE FROM schedules") ==
          file + " is damaged:\n  1 contents that belong to no schedule\n  1 runs that belong to no schedule");
  }
  SECTION("a cut log") {
    CHECK(report_after("UPDATE events SET records = x'00'").find("of events cannot be read") != std::string::npos);
  }
  SECTION("wrong totals") {
    CHECK(report_after("UPDATE header SET finished = 7") ==
          file + " is damaged:\n  1 wrong count of finished messages");
  }
  SECTION("an end whose message is lost") {
    CHECK(report_after("DELETE FROM messages WHERE sequence = 3") == file + " is damaged:\n  1 ends of no message");
  }
  SECTION("something that has ended and is scheduled") {
    CHECK(report_after("UPDATE messages SET scheduled = 1 WHERE sequence = 3") ==
          file + " is damaged:\n  1 messages that have ended are scheduled");
  }
  SECTION("an index that lost an entry") {
    auto message =
        report_after("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = "
                     "'CREATE INDEX scheduled ON messages(time) WHERE scheduled = 0' WHERE name = 'scheduled'");
    CHECK(message.find("damaged") != std::string::npos);
  }
}

TEST_CASE("verify sees damaged pages", "[store]") {
  Filled store;
  for (Sequence sequence = 10; sequence < 200; ++sequence)
    REQUIRE(commit(store, insert(sequence)));
  store.store.reset();
  auto file = StoreFiles(store.options.directory).database;
  auto pages = std::filesystem::file_size(file) / 4096;
  // Not the first: opening refuses that one.
  for (std::uintmax_t page = 1; page < pages; ++page) {
    INFO("page " << page);
    std::string whole(4096, '\0');
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(page * 4096));
    stream.read(whole.data(), 4096);
    stream.seekp(static_cast<std::streamoff>(page * 4096));
    stream << std::string(4096, '\x5a') << std::flush;
    CHECK_FALSE(verify(store.options.directory));
    stream.seekp(static_cast<std::streamoff>(page * 4096));
    stream << whole;
  }
  CHECK(verify(store.options.directory));
}

TEST_CASE("verify and backup want a store", "[store]") {
  TemporaryDirectory directory;
  CHECK(verify(directory.path()).error().code == ErrorCode::not_found);
  CHECK(backup(directory.path(), directory.place("copy")).error().code == ErrorCode::not_found);
  std::ofstream(StoreFiles(directory.path()).database) << "text, and some more of it";
  CHECK(verify(directory.path()).error().code == ErrorCode::store_unusable);
  CHECK(backup(directory.path(), directory.place("copy")).error().code == ErrorCode::store_unusable);
  CHECK_FALSE(std::filesystem::exists(directory.place("copy")));
}

TEST_CASE("backup copies one moment of a store that is written to", "[store]") {
  Filled store;
  TemporaryDirectory copies;
  std::atomic<bool> stop{false};
  std::vector<Result<void>> copied;
  std::thread copying([&] {
    for (int copy = 0; copy < 5; ++copy)
      copied.push_back(backup(store.options.directory, copies.place("copy" + std::to_string(copy))));
    stop = true;
  });
  // Each group finishes one message and inserts the next.
  REQUIRE(commit(store, finish(1), finish(2)));
  REQUIRE(commit(store, insert(10)));
  for (Sequence sequence = 11; !stop; ++sequence)
    REQUIRE(commit(store, finish(sequence - 1), insert(sequence)));
  copying.join();
  for (int copy = 0; copy < 5; ++copy) {
    CHECK(copied[static_cast<std::size_t>(copy)]);
    SqliteAt restored(copies.place("restored" + std::to_string(copy)));
    REQUIRE(restore(copies.place("copy" + std::to_string(copy)), restored.options.directory));
    CHECK(verify(restored.options.directory));
    restored.reopen();
    CHECK(restored->pending(9, all).size() <= 1);
    CHECK(restored->signing_keys()->current == "a");
    CHECK(commit(restored, insert(restored->last_sequence() + 1)));
  }
}

TEST_CASE("backup does not overwrite, restore wants an empty place", "[store]") {
  Filled store;
  auto copy = store.directory.place("copy");
  REQUIRE(backup(store.options.directory, copy));
  CHECK(backup(store.options.directory, copy).error().code == ErrorCode::invalid_argument);
  CHECK(restore(copy, store.options.directory).error().code == ErrorCode::invalid_argument);
  CHECK(restore(store.directory.place("none"), store.directory.place("new")).error().code == ErrorCode::not_found);
  CHECK_FALSE(std::filesystem::exists(store.directory.place("new")));
  CHECK_FALSE(std::filesystem::exists(copy + ".part"));
}

TEST_CASE("restore refuses a damaged copy", "[store]") {
  Filled store;
  auto copy = store.directory.place("copy");
  REQUIRE(backup(store.options.directory, copy));
  std::filesystem::resize_file(copy, std::filesystem::file_size(copy) - 4096);
  CHECK(restore(copy, store.directory.place("new")).error().code == ErrorCode::store_unusable);
  CHECK_FALSE(std::filesystem::exists(store.directory.place("new")));
}
