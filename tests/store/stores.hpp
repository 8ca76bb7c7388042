// The stores that the suite runs over, and messages to put into them.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "actors/store/memory_store.hpp"
#include "actors/store/sqlite_store.hpp"
#include "tests/support/mailbox.hpp"

namespace sluice::test {

using namespace std::chrono_literals;

inline const WallTime wall0{1'700'000'000s};
inline const FlowControlKey k{"k"};
inline constexpr std::uint64_t memory_origin = 7;
inline constexpr std::size_t all = 1'000'000;
using Sequences = std::vector<Sequence>;

/// A directory that is gone at the end of its test. In memory where that is possible: no test here
/// loses power, and syncing a disk would take most of their time.
class TemporaryDirectory {
public:
  TemporaryDirectory() {
    std::filesystem::path parent = "/dev/shm";
    if (access(parent.c_str(), W_OK) != 0)
      parent = std::filesystem::temp_directory_path();
    auto pattern = (parent / "sluice_store_XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::string path() const { return path_.string(); }
  /// A place in it that does not exist yet.
  std::string place(const std::string& name) const { return (path_ / name).string(); }

private:
  std::filesystem::path path_;
};

struct Memory {
  static constexpr unsigned rounds = 200; ///< Of random tests.

  MemoryStore store{100'000, memory_origin};

  Store& operator*() { return store; }
  Store* operator->() { return &store; }
  void await_commit() {}
  void await_disk() {}
  /// As a new process would find it.
  void reopen() { store.reopen(); }
};

/// A durable store in a directory that exists or not, and stays.
struct SqliteAt {
  SqliteStoreOptions options{};
  std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>();
  std::unique_ptr<SqliteStore> store{};

  explicit SqliteAt(const std::string& directory) {
    options.directory = directory;
    options.reserve = 1 << 16;
    options.boot_id = "boot 1";
  }
  Store& operator*() { return *store; }
  Store* operator->() { return store.get(); }
  void await_commit() { mailbox->run_one(); }
  /// Until the group under way is committed, though not answered yet.
  void await_disk() { mailbox->wait(); }
  Result<void> try_open() {
    store.reset();
    auto opened = SqliteStore::open(options, [mailbox = mailbox](auto work) { mailbox->post(std::move(work)); });
    if (!opened)
      return opened.error();
    store = std::move(opened.value());
    return {};
  }
  void reopen() {
    auto opened = try_open();
    INFO((opened ? "" : opened.error().message));
    REQUIRE(opened);
  }
};

/// A durable store that is gone at the end of its test.
struct Sqlite : private TemporaryDirectory, SqliteAt {
  static constexpr unsigned rounds = 20;

  TemporaryDirectory& directory = *this;

  Sqlite() : SqliteAt(place("data")) { reopen(); }
};

inline std::shared_ptr<const Message> message(Sequence sequence, const std::string& key = "k", std::size_t body = 3) {
  auto message = std::make_shared<Message>();
  message->id = {sequence, memory_origin};
  message->request.destination = UrlDestination{"http://destination.test/" + std::to_string(sequence)};
  message->request.flow_control = FlowControl{{key}, {}};
  message->request.body = Body(std::string(body, 'x'));
  message->created_at = wall0;
  message->not_before = wall0;
  return message;
}

inline std::shared_ptr<const Message> queued(Sequence sequence, const std::string& queue) {
  auto copy = std::make_shared<Message>(*message(sequence));
  copy->request.queue = QueueName{queue};
  return copy;
}

/// Its id is `s`.
inline std::shared_ptr<const ScheduleSpec> daily_schedule() {
  auto spec = std::make_shared<ScheduleSpec>();
  spec->id = ScheduleId{"s"};
  spec->cron = "@daily";
  spec->request.destination = UrlDestination{"http://destination.test/s"};
  return spec;
}

inline InsertMessage insert(Sequence sequence, std::chrono::milliseconds ready = 0ms, bool scheduled = false) {
  return {message(sequence), wall0 + ready, scheduled};
}

inline FinishMessage finish(Sequence sequence, std::chrono::milliseconds at = 0ms,
                            MessageRow::State state = MessageRow::State::delivered) {
  return {sequence, state, 1, wall0 + at};
}

inline std::shared_ptr<DlqEntry> failed(std::int64_t ms, Sequence sequence) {
  auto entry = std::make_shared<DlqEntry>();
  entry->id = {ms, sequence};
  entry->message = message(sequence);
  entry->response_status = 500;
  return entry;
}

inline AddEvent event(std::chrono::milliseconds at, Sequence sequence, EventKind kind = EventKind::created) {
  return {{wall0 + at, sequence, kind}, message(sequence)};
}

/// Commits `changes` and waits for the answer.
template <class Subject>
Result<void> commit_all(Subject& subject, Changes changes, std::uint64_t generation) {
  std::optional<Result<void>> answer;
  subject->commit(std::move(changes), Fence{generation}, [&](Result<void> result) { answer = std::move(result); });
  while (!answer)
    subject.await_commit();
  return *answer;
}

template <class Subject, class... Parts>
Result<void> commit(Subject& subject, Parts... parts) {
  Changes changes;
  (changes.push_back(std::move(parts)), ...);
  return commit_all(subject, std::move(changes), subject->opening().generation);
}

/// One slice of the log.
template <class Subject>
Store::LogSlice log_slice(Subject& subject, const LogQuery& query) {
  std::optional<Store::LogSlice> slice;
  subject->log(query, [&](Store::LogSlice found) { slice = std::move(found); });
  while (!slice)
    subject.await_commit();
  return std::move(*slice);
}

/// All that `query` selects, whatever its count. An event is there with its message only.
template <class Subject>
std::vector<LogEntry> log_of(Subject& subject, LogQuery query = {.earliest_first = true}) {
  std::vector<LogEntry> entries;
  do {
    auto slice = log_slice(subject, query);
    entries.insert(entries.end(), slice.entries.begin(), slice.entries.end());
    query.cursor = slice.next;
  } while (query.cursor);
  return entries;
}

inline Sequences sequences(const std::vector<LogEntry>& entries) {
  Sequences all;
  for (const auto& entry : entries)
    all.push_back(entry.event.sequence);
  return all;
}

inline Sequences sequences(const std::vector<WaitPosition>& positions) {
  Sequences all;
  for (auto position : positions)
    all.push_back(position.sequence);
  return all;
}

inline Sequences sequences(const std::vector<MessageRow>& rows) {
  Sequences all;
  for (const auto& row : rows)
    all.push_back(row.message->id.sequence());
  return all;
}

} // namespace sluice::test
