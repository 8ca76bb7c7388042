#include "actors/store/waitlists.hpp"

#include <limits>
#include <unordered_map>

namespace sluice {

namespace {

constexpr std::size_t slice_size = 4096;

} // namespace

Waitlists::Waitlists(StoreReader& reader, MessageCache& cache) : reader_(reader), cache_(cache) { load(); }

void Waitlists::load() {
  std::unordered_map<std::int64_t, SortedPositions*> known;
  auto slice = reader_.joined(0, slice_size);
  while (!slice.empty()) {
    for (const auto& one : slice) {
      auto& list = known[one.key];
      if (!list)
        list = &lists_[reader_.name_of(one.key)];
      list->insert(one.position);
    }
    slice = reader_.joined(slice.back().position.sequence, slice_size);
  }
}

void Waitlists::apply(const Change& change) {
  if (auto inserted = std::get_if<InsertMessage>(&change))
    insert(*inserted);
  else if (auto retried = std::get_if<RetryMessage>(&change))
    retry(*retried);
  else if (auto finished = std::get_if<FinishMessage>(&change))
    finish(*finished);
}

void Waitlists::insert(const InsertMessage& change) {
  MessageRow row;
  row.message = change.message;
  row.ready_at = change.ready_at;
  join(waiting_key(*row.message), row.position(), change.scheduled);
}

void Waitlists::retry(const RetryMessage& change) {
  if (!cache_.find(change.sequence))
    if (auto row = reader_.message(change.sequence))
      cache_.insert(*row);
  auto cached = cache_.find(change.sequence);
  if (!cached)
    return;
  auto row = *cached;
  auto key = waiting_key(*row.message);
  leave(key, row.position());
  row.ready_at = change.ready_at;
  join(key, row.position(), true);
}

void Waitlists::finish(const FinishMessage& change) {
  if (auto row = cache_.find(change.sequence))
    leave(waiting_key(*row->message), row->position());
  else if (auto place = reader_.place_of(change.sequence))
    leave(reader_.name_of(place->key), place->position);
}

void Waitlists::join(const FlowControlKey& key, WaitPosition position, bool scheduled) {
  if (!scheduled || is_queue(key) || position.ready_at <= joined_until_)
    lists_[key].insert(position);
}

void Waitlists::leave(const FlowControlKey& key, WaitPosition position) {
  auto list = lists_.find(key);
  if (list == lists_.end())
    return;
  list->second.erase(position);
  if (list->second.empty())
    lists_.erase(list);
}

void Waitlists::join_due(WallTime upto) {
  if (upto <= joined_until_)
    return;
  WaitPosition after{joined_until_, std::numeric_limits<Sequence>::max()};
  for (std::size_t found = slice_size; found == slice_size;) {
    auto slice = reader_.due(after, upto, slice_size);
    for (const auto& one : slice)
      if (!is_queue(one.key)) // It is in its queue since it was accepted.
        join(one.key, one.order(), false);
    found = slice.size();
    if (found > 0)
      after = slice.back().order();
  }
  joined_until_ = upto;
}

std::vector<WaitPosition> Waitlists::waiting(const FlowControlKey& key, WaitPosition after, WallTime upto,
                                             std::size_t limit) {
  join_due(upto);
  std::vector<WaitPosition> slice;
  if (auto list = lists_.find(key); list != lists_.end())
    list->second.list(after, upto, limit, slice);
  return slice;
}

std::size_t Waitlists::waiting_count(const FlowControlKey& key, WallTime upto) {
  join_due(upto);
  auto list = lists_.find(key);
  return list == lists_.end() ? 0 : list->second.count(upto);
}

std::size_t Waitlists::waiting_before(const FlowControlKey& key, WaitPosition position) {
  join_due(position.ready_at);
  auto list = lists_.find(key);
  return list == lists_.end() ? 0 : list->second.count_before(position);
}

std::vector<Backlog> Waitlists::backlog(const FlowControlKey& after, WallTime upto, std::size_t limit) {
  join_due(upto);
  std::vector<Backlog> slice;
  for (auto at = lists_.upper_bound(after); at != lists_.end() && slice.size() < limit; ++at)
    if (auto waiting = at->second.count(upto); waiting > 0)
      slice.push_back({at->first, waiting});
  return slice;
}

} // namespace sluice
