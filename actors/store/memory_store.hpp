// A store that forgets everything when it is destroyed. Commits are done at once.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <unordered_map>

#include "actors/store/store.hpp"

namespace sluice {

class MemoryStore final : public Store {
public:
  /// Refuses new messages beyond `limit` bytes.
  explicit MemoryStore(std::size_t limit) : limit_(limit) {}

  void commit(Changes changes, Fence fence, Committed done) override;
  bool has_room(std::size_t bytes) const override { return used_ + bytes <= limit_; }
  std::optional<MessageRow> message(Sequence sequence) const override;
  std::vector<WaitPosition> waiting(const FlowControlKey& key, WaitPosition after, WallTime upto,
                                    std::size_t limit) const override;
  std::size_t waiting_count(const FlowControlKey& key, WallTime upto) const override;
  std::vector<Due> due(WaitPosition after, WallTime upto, std::size_t limit) const override;
  std::optional<WallTime> next_due(WaitPosition after) const override;
  std::optional<FlowState> key(const FlowControlKey& key) const override;
  std::vector<FlowControlKey> keys(const FlowControlQuery& query) const override;
  DlqPage dlq(const DlqQuery& query) const override;
  std::optional<SigningKeys> signing_keys() const override { return signing_keys_; }
  Sequence last_sequence() const override { return last_sequence_; }

private:
  using Waitlist = std::set<WaitPosition>;
  struct Row : MessageRow {
    Waitlist* waitlist = nullptr; ///< Of its key.
    bool scheduled = false;
  };

  void apply(InsertMessage& change);
  void apply(RetryMessage& change);
  void apply(FinishMessage& change);
  void apply(RequestCancel& change);
  void apply(PutKey& change);
  void apply(InsertDlqEntry& change);
  void apply(DropFinished& change);
  void apply(DropDlqEntries& change);
  void apply(PutSigningKeys& change);

  void add_pending(Row& row);
  void remove_pending(Row& row);

  std::size_t limit_;
  std::size_t used_ = 0;
  Fence fence_;
  Sequence last_sequence_ = 0;
  std::unordered_map<Sequence, Row> messages_;
  std::unordered_map<FlowControlKey, Waitlist> pending_; ///< By key; a list stays while its key is known.
  std::set<WaitPosition> scheduled_;
  std::deque<Sequence> finished_; ///< In the order of their end.
  std::map<std::string, FlowState> keys_;
  std::map<DlqId, DlqEntry> dlq_;
  std::optional<SigningKeys> signing_keys_;
};

} // namespace sluice
