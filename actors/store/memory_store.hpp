// A store that forgets everything when it is destroyed. Commits are done at once.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/core/log_index.hpp"
#include "actors/store/memory_limits.hpp"
#include "actors/store/memory_schedules.hpp"
#include "actors/store/sorted_positions.hpp"
#include "actors/store/store.hpp"

namespace sluice {

class MemoryStore final : public Store {
public:
  /// Refuses new messages beyond `limit` bytes. `origin` is what message ids carry.
  explicit MemoryStore(std::size_t limit, std::uint64_t origin = 0) : limit_(limit), schedules_(origin) {
    opening_.origin = origin;
  }

  /// As if another process took it over: what simulations of a crash do.
  void reopen();

  StoreOpening opening() const override { return opening_; }
  void commit(Changes changes, Fence fence, Committed done) override;
  Result<void> room_for(std::size_t bytes) const override;
  std::optional<MessageRow> message(Sequence sequence) const override;
  std::vector<MessageRow> pending(Sequence after, std::size_t limit) const override;
  std::vector<WaitPosition> waiting(const FlowControlKey& key, WaitPosition after, WallTime upto,
                                    std::size_t limit) const override;
  std::size_t waiting_count(const FlowControlKey& key, WallTime upto) const override;
  std::size_t waiting_before(const FlowControlKey& key, WaitPosition position) const override;
  std::vector<Backlog> backlog(const FlowControlKey& after, WallTime upto, std::size_t limit) const override;
  std::vector<Due> due(WaitPosition after, WallTime upto, std::size_t limit) const override;
  std::optional<WallTime> next_due(WaitPosition after) const override;
  std::optional<MessageId> duplicate(std::string_view id, WallTime now) const override;
  std::optional<KeyRow> key(const FlowControlKey& key) const override;
  std::vector<FlowControlKey> keys(const FlowControlQuery& query) const override;
  std::vector<QueueName> queues(const QueueName& after, std::size_t limit) const override;
  std::optional<ScheduleRow> schedule(const ScheduleId& id) const override { return schedules_.find(id); }
  std::vector<ScheduleRow> schedules(const ScheduleId& after, std::size_t limit) const override {
    return schedules_.list(after, limit);
  }
  std::size_t schedule_count() const override { return schedules_.size(); }
  std::vector<Firing> firings(std::size_t limit) const override { return schedules_.firings(limit); }
  DlqPage dlq(const DlqQuery& query) const override;
  std::optional<DlqEntry> dlq_entry(DlqId id) const override;
  void log(const LogQuery& query, LogFound found) const override;
  std::vector<AuditEntry> audit(const AuditQuery& query) const override;
  std::optional<UrlGroup> url_group(const UrlGroupName& name) const override;
  std::vector<UrlGroup> url_groups() const override;
  std::optional<SigningKeys> signing_keys() const override { return signing_keys_; }
  LimitTables& limits() const override { return limits_; }
  Sequence last_sequence() const override { return last_sequence_; }

private:
  using Events = std::vector<std::pair<LogPosition, Event>>;
  struct Row : MessageRow {
    SortedPositions* waitlist = nullptr; ///< Of its key.
    bool scheduled = false;
    Events events{}; ///< As long as `log` finds them.

    Events::const_iterator event_at(LogPosition position) const;
  };
  struct Key {
    FlowState state;
    std::uint64_t generation = 0; ///< Of the owner that wrote it.
  };
  struct Remembered {
    MessageId id;
    WallTime until;
  };
  /// Ids in the order in which they are over.
  using Forgetting = std::multimap<WallTime, std::string>;

  void apply(InsertMessage& change);
  void apply(RetryMessage& change);
  void apply(FinishMessage& change);
  void apply(RequestCancel& change);
  void apply(RememberDuplicate& change);
  void apply(PutKey& change);
  void apply(DropKey& change);
  void apply(InsertDlqEntry& change);
  void apply(DeleteDlqEntry& change);
  void apply(AddEvent& change);
  void apply(AddAudit& change);
  void apply(DropFinished& change);
  void apply(DropDlqEntries& change);
  void apply(DropEvents& change);
  void apply(DropDuplicates& change);
  void apply(PutSigningKeys& change);
  void apply(PutUrlGroup& change);
  void apply(DropUrlGroup& change);
  void apply(CloseCleanly& change);
  template <class Other>
  void apply(Other& change) {
    if constexpr (requires { schedules_.apply(change); })
      schedules_.apply(change);
    else
      limits_.apply(change);
  }

  bool add_entry(const LogQuery& query, const core::LogIndex::Candidate& candidate, LogSlice& slice) const;
  void drop_event();
  void drop_finished();
  bool may_drop_finished(WallTime before, std::size_t keep) const;

  void add_pending(Row& row);
  void remove_pending(Row& row);

  std::size_t limit_;
  std::size_t used_ = 0;
  StoreOpening opening_;
  Fence fence_;
  bool closed_cleanly_ = false;
  Sequence last_sequence_ = 0;
  std::unordered_map<Sequence, Row> messages_;
  std::unordered_map<FlowControlKey, SortedPositions> pending_; ///< By key; a list stays while its key is known.
  std::set<WaitPosition> scheduled_;
  std::deque<Sequence> finished_; ///< In the order of their end.
  std::map<std::string, Remembered, std::less<>> remembered_;
  Forgetting forgetting_;
  std::map<std::string, Key> keys_;
  MemorySchedules schedules_;
  std::map<DlqId, std::shared_ptr<const DlqEntry>> dlq_;
  core::LogIndex log_;
  std::size_t finished_bytes_ = 0; ///< Of `used_`.
  std::deque<std::shared_ptr<const AuditEntry>> audit_;
  std::map<UrlGroupName, std::shared_ptr<const UrlGroup>> url_groups_;
  std::uint64_t last_audit_ = 0;
  std::optional<SigningKeys> signing_keys_;
  mutable MemoryLimits limits_;
};

} // namespace sluice
