// What the owner of a durable store reads, straight from the tables.
//
// For the owner's thread, but for `pin`. Between `pin` and `unpin` reads see the tables as they
// were at `pin`, so that a group is not seen before its owner is told of it. `fatal` is called
// when something cannot be read: to answer as if it were not there would be a lie.
#pragma once

#include <functional>
#include <mutex>

#include "actors/store/ended_messages.hpp"
#include "actors/store/limit_reader.hpp"
#include "actors/store/store.hpp"

namespace sluice {

/// Ends the process; told why.
using Fatal = std::function<void(const std::string& reason)>;

class StoreReader {
public:
  /// `first_of_boot`: the first generation since the machine started. `ended` tells which messages are not pending.
  StoreReader(std::unique_ptr<Database> database, const StoreOpening& opening, std::uint64_t first_of_boot,
              const EndedMessages& ended, Fatal fatal);

  /// From any thread; waits for a read that is going on. Error: `io_error`; nothing is pinned.
  Result<void> pin();
  void unpin();

  std::optional<MessageRow> message(Sequence sequence);
  std::vector<MessageRow> pending(Sequence after, std::size_t limit);
  /// Where a pending message waits; keys are numbers here.
  struct Place {
    std::int64_t key;
    WaitPosition position;
  };
  /// Pending messages after `after` that are in their waitlist without regard to the time, in the order of acceptance.
  std::vector<Place> joined(Sequence after, std::size_t limit);
  std::optional<Place> place_of(Sequence sequence);
  FlowControlKey name_of(std::int64_t key);
  std::vector<Store::Due> due(WaitPosition after, WallTime upto, std::size_t limit);
  std::optional<WallTime> next_due(WaitPosition after);
  std::optional<MessageId> duplicate(std::string_view id, WallTime now);
  std::optional<KeyRow> key(const FlowControlKey& key);
  std::vector<FlowControlKey> keys(const FlowControlQuery& query);
  std::vector<QueueName> queues(const QueueName& after, std::size_t limit);
  std::optional<ScheduleRow> schedule(const ScheduleId& id);
  std::vector<ScheduleRow> schedules(const ScheduleId& after, std::size_t limit);
  std::size_t schedule_count();
  std::vector<Store::Firing> firings(std::size_t limit);
  DlqPage dlq(const DlqQuery& query);
  std::optional<DlqEntry> dlq_entry(DlqId id);
  std::vector<AuditEntry> audit(const AuditQuery& query);
  std::optional<UrlGroup> url_group(const UrlGroupName& name);
  std::vector<UrlGroup> url_groups();
  std::optional<SigningKeys> signing_keys();
  LimitTables& limits() { return limits_; }

private:
  friend LimitReader;
  /// One read: holds the connection, and looks at its end whether it worked.
  class Reading {
  public:
    explicit Reading(StoreReader& reader);
    ~Reading();
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

  private:
    StoreReader& reader_;
    std::lock_guard<std::mutex> lock_;
  };

  std::optional<MessageRow> find(Sequence sequence);
  static Place place(const Statement::Rows& rows);
  std::optional<UrlGroup> url_group_row(const Statement::Rows& rows);
  ScheduleRow schedule_row(const Statement::Rows& rows);
  std::vector<ScheduleRow::Run> runs_of(const ScheduleId& id);
  DlqEntry dlq_row(const Statement::Rows& rows);
  core::Writer writer_of(std::uint64_t generation) const;
  void unreadable(const std::string& what);

  std::unique_ptr<Database> database_;
  StoreOpening opening_;
  std::uint64_t first_of_boot_;
  const EndedMessages& ended_;
  Fatal fatal_;
  std::mutex mutex_;
  Statement pin_;
  Statement message_;
  Statement sequences_;
  Statement joined_;
  Statement place_of_;
  Statement name_of_;
  Statement due_beside_; ///< At the very time of the position asked for.
  Statement due_behind_;
  Statement duplicate_;
  Statement key_;
  Statement keys_;
  Statement queues_;
  Statement schedule_;
  Statement schedules_;
  Statement runs_;
  Statement schedule_count_;
  Statement firings_;
  Statement dlq_newest_;
  Statement dlq_oldest_;
  Statement dlq_entry_;
  Statement audit_;
  Statement setting_;
  Statement url_group_;
  Statement url_groups_;
  LimitReader limits_;
};

} // namespace sluice
