// The order in which pending messages wait, key by key, in memory.
//
// In tables these lists would cost two pages of the log a message: where many keys wait, each
// message joins and leaves at a page of its own. Here it is sixteen bytes a waiting message, made
// anew at the opening from the narrow rows. Delayed messages join when they are asked for, so they
// take no memory before. For the owner's thread.
#pragma once

#include <map>

#include "actors/store/message_cache.hpp"
#include "actors/store/sorted_positions.hpp"
#include "actors/store/store.hpp"
#include "actors/store/store_reader.hpp"

namespace sluice {

class Waitlists {
public:
  /// Reads what waits. `cache` is asked for the messages that changes concern.
  Waitlists(StoreReader& reader, MessageCache& cache);

  /// Takes a committed change in, before the cache does, while the reader still shows the time before its group.
  void apply(const Change& change);

  std::vector<WaitPosition> waiting(const FlowControlKey& key, WaitPosition after, WallTime upto, std::size_t limit);
  std::size_t waiting_count(const FlowControlKey& key, WallTime upto);
  std::size_t waiting_before(const FlowControlKey& key, WaitPosition position);
  std::vector<Backlog> backlog(const FlowControlKey& after, WallTime upto, std::size_t limit);

private:
  void load();
  void insert(const InsertMessage& change);
  void retry(const RetryMessage& change);
  void finish(const FinishMessage& change);
  /// Joins unless it is delayed until later than anybody asked for.
  void join(const FlowControlKey& key, WaitPosition position, bool scheduled);
  void leave(const FlowControlKey& key, WaitPosition position);
  void join_due(WallTime upto);

  StoreReader& reader_;
  MessageCache& cache_;
  std::map<FlowControlKey, SortedPositions> lists_; ///< None is empty.
  WallTime joined_until_ = WallTime::min(); ///< Scheduled messages up to here have joined.
};

} // namespace sluice
