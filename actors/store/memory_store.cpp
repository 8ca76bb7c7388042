#include "actors/store/memory_store.hpp"

#include <algorithm>
#include <iterator>

namespace sluice {

void MemoryStore::commit(Changes changes, Fence fence, Committed done) {
  if (fence.generation < fence_.generation)
    return done(Error{ErrorCode::unavailable, "another process has taken this store over"});
  fence_ = fence;
  for (auto& change : changes)
    std::visit([this](auto& one) { apply(one); }, change);
  done({});
}

std::optional<MessageRow> MemoryStore::message(Sequence sequence) const {
  auto found = messages_.find(sequence);
  return found == messages_.end() ? std::nullopt : std::optional<MessageRow>(found->second);
}

std::vector<WaitPosition> MemoryStore::waiting(const FlowControlKey& key, WaitPosition after, WallTime upto,
                                               std::size_t limit) const {
  std::vector<WaitPosition> slice;
  auto list = pending_.find(key);
  if (list == pending_.end())
    return slice;
  for (auto at = list->second.upper_bound(after); at != list->second.end() && slice.size() < limit; ++at) {
    if (at->ready_at > upto)
      break;
    slice.push_back(*at);
  }
  return slice;
}

std::size_t MemoryStore::waiting_count(const FlowControlKey& key, WallTime upto) const {
  auto list = pending_.find(key);
  if (list == pending_.end())
    return 0;
  auto not_ready = list->second.upper_bound({upto, std::numeric_limits<Sequence>::max()});
  return list->second.size() - static_cast<std::size_t>(std::distance(not_ready, list->second.end()));
}

std::vector<Store::Due> MemoryStore::due(WaitPosition after, WallTime upto, std::size_t limit) const {
  std::vector<Due> slice;
  for (auto at = scheduled_.upper_bound(after); at != scheduled_.end() && slice.size() < limit; ++at) {
    if (at->ready_at > upto)
      break;
    slice.push_back({*at, flow_key(*messages_.at(at->sequence).message)});
  }
  return slice;
}

std::optional<WallTime> MemoryStore::next_due(WaitPosition after) const {
  auto next = scheduled_.upper_bound(after);
  return next == scheduled_.end() ? std::nullopt : std::optional(next->ready_at);
}

std::optional<FlowState> MemoryStore::key(const FlowControlKey& key) const {
  auto found = keys_.find(key.text);
  return found == keys_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<FlowControlKey> MemoryStore::keys(const FlowControlQuery& query) const {
  std::vector<FlowControlKey> page;
  auto at = query.after.empty() ? keys_.begin() : keys_.upper_bound(query.after);
  for (; at != keys_.end() && page.size() < query.limit; ++at)
    if (at->first.find(query.search) != std::string::npos)
      page.push_back({at->first});
  return page;
}

DlqPage MemoryStore::dlq(const DlqQuery& query) const {
  DlqPage page;
  auto take = [&](auto at, auto end) {
    for (; at != end && page.entries.size() < query.count; ++at)
      page.entries.push_back(at->second);
    if (at != end)
      page.cursor = page.entries.back().id;
  };
  if (query.earliest_first) {
    take(query.cursor ? dlq_.upper_bound(*query.cursor) : dlq_.begin(), dlq_.end());
  } else {
    auto from = query.cursor ? dlq_.lower_bound(*query.cursor) : dlq_.end();
    take(std::make_reverse_iterator(from), dlq_.rend());
  }
  return page;
}

void MemoryStore::apply(InsertMessage& change) {
  auto sequence = change.message->id.sequence();
  last_sequence_ = std::max(last_sequence_, sequence);
  used_ += footprint(*change.message);
  auto& row = messages_[sequence];
  row.waitlist = &pending_[flow_key(*change.message)];
  row.message = std::move(change.message);
  row.ready_at = change.ready_at;
  row.scheduled = change.scheduled;
  add_pending(row);
}

void MemoryStore::apply(RetryMessage& change) {
  auto& row = messages_.at(change.sequence);
  remove_pending(row);
  row.attempts = change.attempts;
  row.ready_at = change.ready_at;
  row.scheduled = true;
  add_pending(row);
}

void MemoryStore::apply(FinishMessage& change) {
  auto& row = messages_.at(change.sequence);
  remove_pending(row);
  row.state = change.state;
  row.attempts = change.attempts;
  row.finished_at = change.finished_at;
  finished_.push_back(change.sequence);
}

void MemoryStore::apply(RequestCancel& change) { messages_.at(change.sequence).cancel_requested = true; }

void MemoryStore::apply(PutKey& change) { keys_[std::move(change.key.text)] = change.state; }

void MemoryStore::apply(InsertDlqEntry& change) {
  auto id = change.entry.id;
  used_ += footprint(*change.entry.message) + change.entry.response_body.size();
  dlq_.emplace(id, std::move(change.entry));
}

void MemoryStore::apply(DropFinished& change) {
  for (std::size_t dropped = 0; dropped < change.limit && !finished_.empty(); ++dropped) {
    auto oldest = messages_.find(finished_.front());
    if (finished_.size() <= change.keep && oldest->second.finished_at >= change.before)
      break;
    used_ -= footprint(*oldest->second.message);
    messages_.erase(oldest);
    finished_.pop_front();
  }
}

void MemoryStore::apply(DropDlqEntries& change) {
  for (std::size_t dropped = 0; dropped < change.limit && !dlq_.empty(); ++dropped) {
    auto oldest = dlq_.begin();
    if (oldest->first.failed_ms >= change.before.time_since_epoch().count())
      break;
    used_ -= footprint(*oldest->second.message) + oldest->second.response_body.size();
    dlq_.erase(oldest);
  }
}

void MemoryStore::apply(PutSigningKeys& change) { signing_keys_ = std::move(change.keys); }

void MemoryStore::add_pending(Row& row) {
  row.waitlist->emplace_hint(row.waitlist->end(), row.position());
  if (row.scheduled)
    scheduled_.insert(row.position());
}

void MemoryStore::remove_pending(Row& row) {
  row.waitlist->erase(row.position());
  if (row.scheduled)
    scheduled_.erase(row.position());
}

} // namespace sluice
