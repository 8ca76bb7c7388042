// Searches the log of a durable store, on a thread and a connection of its own.
//
// Where events are and by what they may be found it keeps in memory (core::LogIndex), read once at the beginning and
// told of every group since; what they say, and their messages, it reads from the tables. So a search touches little
// of the disk, and neither the owner nor the writer waits for it.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "actors/core/log_index.hpp"
#include "actors/store/commit_thread.hpp"
#include "actors/store/database.hpp"
#include "actors/store/store.hpp"

namespace sluice {

class LogReader {
public:
  /// Called on this reader's thread.
  using Done = std::function<void(Store::LogSlice)>;
  using Group = std::shared_ptr<const CommitThread::Group>;

  /// Begins with the tables as they are now: nothing may be written during this call.
  LogReader(std::unique_ptr<Database> database, Fatal fatal);
  /// Gives up searches that wait.
  ~LogReader();

  /// Tells of a group that was committed, one after the other.
  void take(Group group);
  /// Sees every group of before. `done` is not called once the reader is being destroyed.
  void search(LogQuery query, Done done);

private:
  struct Asked {
    LogQuery query;
    Done done;
  };
  struct Chunk {
    WallTime time{};
    std::uint32_t first = 0;
    std::vector<Event> events{};
  };
  class Page;

  void run();
  void build();
  void apply(const CommitThread::Group& group);
  Store::LogSlice read(const LogQuery& query);
  const PublishRequest* request_of(std::uint64_t sequence);
  std::shared_ptr<const Message> message(std::uint64_t sequence);
  std::optional<Event> event(LogPosition position);
  void add_response(LogEntry& entry);
  bool is_stopping();
  void check();
  void unreadable(const std::string& what);

  std::unique_ptr<Database> database_;
  Fatal fatal_;
  Statement all_events_;
  Statement chunk_at_;
  Statement record_;
  Statement message_;
  Statement failure_;
  core::LogIndex index_;
  Chunk chunk_; ///< Read last.
  std::optional<PublishRequest> request_; ///< Read last.

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::deque<Group> groups_;
  std::size_t changes_ = 0; ///< In `groups_`.
  std::deque<Asked> asked_;
  std::thread thread_;
};

} // namespace sluice
