// A store whose commits wait until they are told what becomes of them, as on a slow or broken
// disk: nothing of a group can be read before it was answered.
#pragma once

#include <deque>
#include <utility>

#include "actors/store/memory_store.hpp"

namespace sluice::test {

class SlowStore : public Store {
public:
  explicit SlowStore(std::size_t limit = std::size_t{1} << 30) : disk(limit, 7) {}

  void commit(Changes changes, Fence fence, Committed done) override {
    sizes.push_back(changes.size());
    groups.push_back({std::move(changes), fence, std::move(done)});
    if (on_commit)
      on_commit();
  }

  /// The oldest group reaches the disk and is answered.
  void answer() {
    auto group = take();
    disk.commit(std::move(group.changes), group.fence, std::move(group.done));
  }
  /// The oldest group does not reach the disk.
  void fail(ErrorCode code = ErrorCode::insufficient_storage) {
    auto group = take();
    group.done(Error{code, "the disk is full", {}});
  }
  /// The process ends: of what waits the first `kept` groups are on the disk, and nobody hears of it.
  void crash(std::size_t kept) {
    for (auto& group : std::exchange(groups, {}))
      if (kept > 0) {
        --kept;
        disk.commit(std::move(group.changes), group.fence, [](const Result<void>&) {});
      }
    disk.reopen();
  }

  StoreOpening opening() const override { return disk.opening(); }
  Result<void> room_for(std::size_t bytes) const override { return disk.room_for(bytes); }
  std::optional<MessageRow> message(Sequence sequence) const override { return disk.message(sequence); }
  std::vector<MessageRow> pending(Sequence after, std::size_t limit) const override {
    return disk.pending(after, limit);
  }
  std::vector<WaitPosition> waiting(const FlowControlKey& key, WaitPosition after, WallTime upto,
                                    std::size_t limit) const override {
    return disk.waiting(key, after, upto, limit);
  }
  std::size_t waiting_count(const FlowControlKey& key, WallTime upto) const override {
    return disk.waiting_count(key, upto);
  }
  std::size_t waiting_before(const FlowControlKey& key, WaitPosition position) const override {
    return disk.waiting_before(key, position);
  }
  std::vector<Backlog> backlog(const FlowControlKey& after, WallTime upto, std::size_t limit) const override {
    return disk.backlog(after, upto, limit);
  }
  std::vector<Due> due(WaitPosition after, WallTime upto, std::size_t limit) const override {
    return disk.due(after, upto, limit);
  }
  std::optional<WallTime> next_due(WaitPosition after) const override { return disk.next_due(after); }
  std::optional<MessageId> duplicate(std::string_view id, WallTime now) const override {
    return disk.duplicate(id, now);
  }
  std::optional<KeyRow> key(const FlowControlKey& key) const override { return disk.key(key); }
  std::vector<FlowControlKey> keys(const FlowControlQuery& query) const override { return disk.keys(query); }
  std::vector<QueueName> queues(const QueueName& after, std::size_t limit) const override {
    return disk.queues(after, limit);
  }
  std::optional<ScheduleRow> schedule(const ScheduleId& id) const override { return disk.schedule(id); }
  std::vector<ScheduleRow> schedules(const ScheduleId& after, std::size_t limit) const override {
    return disk.schedules(after, limit);
  }
  std::size_t schedule_count() const override { return disk.schedule_count(); }
  std::vector<Firing> firings(std::size_t limit) const override { return disk.firings(limit); }
  DlqPage dlq(const DlqQuery& query) const override { return disk.dlq(query); }
  std::optional<DlqEntry> dlq_entry(DlqId id) const override { return disk.dlq_entry(id); }
  void log(const LogQuery& query, LogFound found) const override { disk.log(query, std::move(found)); }
  std::vector<AuditEntry> audit(const AuditQuery& query) const override { return disk.audit(query); }
  std::optional<UrlGroup> url_group(const UrlGroupName& name) const override { return disk.url_group(name); }
  std::vector<UrlGroup> url_groups() const override { return disk.url_groups(); }
  std::optional<SigningKeys> signing_keys() const override { return disk.signing_keys(); }
  LimitTables& limits() const override { return disk.limits(); }
  Sequence last_sequence() const override { return disk.last_sequence(); }

  struct Group {
    Changes changes;
    Fence fence;
    Committed done;
  };

  MemoryStore disk;
  std::deque<Group> groups; ///< Not yet answered.
  std::vector<std::size_t> sizes; ///< Changes of each group so far.
  std::function<void()> on_commit; ///< May be empty.

private:
  Group take() {
    auto group = std::move(groups.front());
    groups.pop_front();
    return group;
  }
};

} // namespace sluice::test
