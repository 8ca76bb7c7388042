#include "actors/store/memory_store.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

#include "actors/core/filters.hpp"

namespace sluice {

namespace {

constexpr std::size_t max_audit = 10'000;
// Of a message that is delivered at once: created, active, delivered.
constexpr std::size_t usual_events = 3;
// Of one slice: a few hundred microseconds.
constexpr std::size_t search_steps = 16'384;

} // namespace

MemoryStore::Events::const_iterator MemoryStore::Row::event_at(LogPosition position) const {
  return std::find_if(events.begin(), events.end(), [&](const auto& event) { return event.first == position; });
}

void MemoryStore::reopen() {
  ++opening_.generation;
  opening_.was_clean = std::exchange(closed_cleanly_, false);
}

void MemoryStore::commit(Changes changes, Fence fence, Committed done) {
  if (fence.generation < fence_.generation)
    return done(Error{ErrorCode::unavailable, "another process has taken this store over"});
  fence_ = fence;
  for (auto& change : changes)
    std::visit([this](auto& one) { apply(one); }, change);
  done({});
}

Result<void> MemoryStore::room_for(std::size_t bytes) const {
  if (used_ + schedules_.bytes() + bytes <= limit_)
    return {};
  return Error{ErrorCode::overloaded, "the store is full; try again later", {}};
}

std::optional<MessageRow> MemoryStore::message(Sequence sequence) const {
  auto found = messages_.find(sequence);
  return found == messages_.end() ? std::nullopt : std::optional<MessageRow>(found->second);
}

std::vector<MessageRow> MemoryStore::pending(Sequence after, std::size_t limit) const {
  std::set<Sequence> sequences;
  for (const auto& [key, list] : pending_) {
    std::vector<WaitPosition> positions;
    list.list({}, WallTime::max(), std::numeric_limits<std::size_t>::max(), positions);
    for (auto position : positions)
      if (position.sequence > after)
        sequences.insert(position.sequence);
  }
  std::vector<MessageRow> slice;
  for (auto at = sequences.begin(); at != sequences.end() && slice.size() < limit; ++at)
    slice.push_back(messages_.at(*at));
  return slice;
}

std::vector<WaitPosition> MemoryStore::waiting(const FlowControlKey& key, WaitPosition after, WallTime upto,
                                               std::size_t limit) const {
  std::vector<WaitPosition> slice;
  if (auto list = pending_.find(key); list != pending_.end())
    list->second.list(after, upto, limit, slice);
  return slice;
}

std::size_t MemoryStore::waiting_count(const FlowControlKey& key, WallTime upto) const {
  auto list = pending_.find(key);
  return list == pending_.end() ? 0 : list->second.count(upto);
}

std::size_t MemoryStore::waiting_before(const FlowControlKey& key, WaitPosition position) const {
  auto list = pending_.find(key);
  return list == pending_.end() ? 0 : list->second.count_before(position);
}

std::vector<Backlog> MemoryStore::backlog(const FlowControlKey& after, WallTime upto, std::size_t limit) const {
  std::map<FlowControlKey, std::size_t> sizes;
  for (const auto& [key, list] : pending_)
    if (key > after)
      if (auto size = waiting_count(key, upto); size > 0)
        sizes.emplace(key, size);
  std::vector<Backlog> slice;
  for (auto at = sizes.begin(); at != sizes.end() && slice.size() < limit; ++at)
    slice.push_back({at->first, at->second});
  return slice;
}

std::vector<Store::Due> MemoryStore::due(WaitPosition after, WallTime upto, std::size_t limit) const {
  std::vector<Due> slice;
  for (auto at = scheduled_.upper_bound(after); at != scheduled_.end() && slice.size() < limit; ++at) {
    if (at->ready_at > upto)
      break;
    slice.push_back({at->sequence, at->ready_at, waiting_key(*messages_.at(at->sequence).message)});
  }
  return slice;
}

std::optional<WallTime> MemoryStore::next_due(WaitPosition after) const {
  auto next = scheduled_.upper_bound(after);
  return next == scheduled_.end() ? std::nullopt : std::optional(next->ready_at);
}

std::optional<MessageId> MemoryStore::duplicate(std::string_view id, WallTime now) const {
  auto found = remembered_.find(id);
  return found != remembered_.end() && found->second.until > now ? std::optional(found->second.id) : std::nullopt;
}

std::optional<KeyRow> MemoryStore::key(const FlowControlKey& key) const {
  auto found = keys_.find(key.text);
  if (found == keys_.end())
    return std::nullopt;
  bool own = found->second.generation == opening_.generation;
  return KeyRow{found->second.state, own ? core::Writer::this_process : core::Writer::same_boot};
}

std::vector<FlowControlKey> MemoryStore::keys(const FlowControlQuery& query) const {
  std::vector<FlowControlKey> page;
  for (auto at = keys_.upper_bound(query.after); at != keys_.end() && page.size() < query.limit; ++at)
    if (FlowControlKey key{at->first}; is_named_by_clients(key) && key.text.find(query.search) != std::string::npos)
      page.push_back(std::move(key));
  return page;
}

std::vector<QueueName> MemoryStore::queues(const QueueName& after, std::size_t limit) const {
  std::vector<QueueName> page;
  auto at = keys_.upper_bound(queue_key(after).text);
  for (; at != keys_.end() && is_queue({at->first}) && page.size() < limit; ++at)
    page.push_back(queue_of({at->first}));
  return page;
}

DlqPage MemoryStore::dlq(const DlqQuery& query) const {
  DlqPage page;
  auto take = [&](auto at, auto end) {
    for (std::size_t bytes = 0; at != end && page.entries.size() < query.count && bytes < max_dlq_bytes; ++at) {
      bytes += body_bytes(*at->second);
      page.entries.push_back(*at->second);
    }
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

std::optional<DlqEntry> MemoryStore::dlq_entry(DlqId id) const {
  auto found = dlq_.find(id);
  return found == dlq_.end() ? std::nullopt : std::optional(*found->second);
}

void MemoryStore::log(const LogQuery& query, LogFound found) const {
  LogSlice slice;
  std::size_t bytes = 0;
  slice.next = log_.search(query, search_steps, [&](const core::LogIndex::Candidate& candidate) {
    if (add_entry(query, candidate, slice))
      bytes += footprint(*slice.entries.back().message);
    return slice.entries.size() < query.count && bytes < max_log_bytes;
  });
  found(std::move(slice));
}

bool MemoryStore::add_entry(const LogQuery& query, const core::LogIndex::Candidate& candidate, LogSlice& slice) const {
  auto row = messages_.find(candidate.sequence);
  if (row == messages_.end() || !core::matches(query.filter, *row->second.message))
    return false;
  auto event = row->second.event_at(candidate.position);
  LogEntry entry{candidate.position, event->second, row->second.message, {}, {}};
  auto failure = dlq_.find({candidate.position.time.time_since_epoch().count(), candidate.sequence});
  if (entry.event.kind == EventKind::error && failure != dlq_.end()) {
    entry.response_headers = failure->second->response_headers;
    entry.response_body = failure->second->response_body;
  }
  slice.entries.push_back(std::move(entry));
  return true;
}

std::vector<AuditEntry> MemoryStore::audit(const AuditQuery& query) const {
  std::vector<AuditEntry> newest;
  auto number = last_audit_;
  for (auto at = audit_.rbegin(); at != audit_.rend() && newest.size() < query.count; ++at, --number) {
    if (query.before && number >= *query.before)
      continue;
    newest.push_back(**at);
    newest.back().number = number;
  }
  return newest;
}

std::optional<UrlGroup> MemoryStore::url_group(const UrlGroupName& name) const {
  auto found = url_groups_.find(name);
  return found == url_groups_.end() ? std::nullopt : std::optional(*found->second);
}

std::vector<UrlGroup> MemoryStore::url_groups() const {
  std::vector<UrlGroup> all;
  for (const auto& [name, group] : url_groups_)
    all.push_back(*group);
  return all;
}

void MemoryStore::apply(InsertMessage& change) {
  auto sequence = change.message->id.sequence();
  last_sequence_ = std::max(last_sequence_, sequence);
  used_ += footprint(*change.message);
  auto& row = messages_[sequence];
  row.waitlist = &pending_[waiting_key(*change.message)];
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
  assert((change.scheduled || !row.scheduled) && "`due` of another store would not forget it");
  remove_pending(row);
  row.state = change.state;
  row.attempts = change.attempts;
  row.finished_at = change.finished_at;
  finished_.push_back(change.sequence);
  finished_bytes_ += footprint(*row.message);
  if (change.of_schedule)
    schedules_.end_run(*row.message, row.state);
}

void MemoryStore::apply(RequestCancel& change) { messages_.at(change.sequence).cancel_requested = true; }

void MemoryStore::apply(RememberDuplicate& change) {
  forgetting_.emplace(change.until, change.id);
  remembered_.insert_or_assign(std::move(change.id), Remembered{{change.sequence, opening_.origin}, change.until});
}

void MemoryStore::apply(PutKey& change) {
  keys_[std::move(change.key.text)] = {std::move(change.state), fence_.generation};
}

void MemoryStore::apply(DropKey& change) { keys_.erase(change.key.text); }

void MemoryStore::apply(InsertDlqEntry& change) {
  used_ += footprint(*change.entry->message) + change.entry->response_body.size();
  dlq_.emplace(change.entry->id, std::move(change.entry));
}

void MemoryStore::apply(DeleteDlqEntry& change) {
  auto found = dlq_.find(change.id);
  if (found == dlq_.end())
    return;
  used_ -= footprint(*found->second->message) + found->second->response_body.size();
  dlq_.erase(found);
}

void MemoryStore::apply(AddEvent& change) {
  auto position = log_.add(change.event, [&](Sequence) { return &change.message->request; });
  auto& events = messages_.at(change.event.sequence).events;
  if (events.empty())
    events.reserve(usual_events);
  events.emplace_back(position, std::move(change.event));
}

void MemoryStore::apply(AddAudit& change) {
  audit_.push_back(std::move(change.entry));
  ++last_audit_;
  if (audit_.size() > max_audit)
    audit_.pop_front();
}

void MemoryStore::apply(DropFinished& change) {
  for (std::size_t dropped = 0; dropped < change.limit && may_drop_finished(change.before, change.keep); ++dropped)
    drop_finished();
}

// A message stays as long as one of its events.
bool MemoryStore::may_drop_finished(WallTime before, std::size_t keep) const {
  if (finished_.empty())
    return false;
  auto time = messages_.at(finished_.front()).finished_at;
  if (auto event = log_.oldest(); event && time >= event->position.time)
    return false;
  return time < before || finished_.size() > keep;
}

void MemoryStore::drop_finished() {
  auto oldest = messages_.find(finished_.front());
  auto bytes = footprint(*oldest->second.message);
  used_ -= bytes;
  finished_bytes_ -= bytes;
  messages_.erase(oldest);
  finished_.pop_front();
}

void MemoryStore::apply(DropDlqEntries& change) {
  for (std::size_t dropped = 0; dropped < change.limit && !dlq_.empty(); ++dropped) {
    auto oldest = dlq_.begin()->first;
    if (oldest.failed_ms >= change.before.time_since_epoch().count())
      break;
    DeleteDlqEntry deletion{oldest};
    apply(deletion);
  }
}

void MemoryStore::apply(DropEvents& change) {
  std::size_t dropped = 0;
  for (; dropped < change.limit && log_.size() > 0; ++dropped) {
    if (log_.size() <= change.keep && log_.oldest()->position.time >= change.before)
      break;
    drop_event();
  }
  // What has ended must leave room for what is to come.
  auto max_bytes = std::min(change.max_bytes, limit_ / 2);
  for (; finished_bytes_ > max_bytes && dropped < change.limit && log_.size() > 0; ++dropped) {
    drop_event();
    while (may_drop_finished(WallTime::max(), 0))
      drop_finished();
  }
}

void MemoryStore::drop_event() {
  auto oldest = *log_.oldest();
  auto& row = messages_.at(oldest.sequence);
  row.events.erase(row.event_at(oldest.position));
  log_.drop_oldest(1);
}

void MemoryStore::apply(DropDuplicates& change) {
  for (std::size_t dropped = 0; dropped < change.limit && !forgetting_.empty(); ++dropped) {
    auto oldest = forgetting_.begin();
    if (oldest->first > change.before)
      break;
    // Unless the id was remembered again since.
    if (auto found = remembered_.find(oldest->second);
        found != remembered_.end() && found->second.until <= change.before)
      remembered_.erase(found);
    forgetting_.erase(oldest);
  }
}

void MemoryStore::apply(PutSigningKeys& change) { signing_keys_ = std::move(change.keys); }

void MemoryStore::apply(PutUrlGroup& change) {
  auto name = change.group->name;
  url_groups_.insert_or_assign(std::move(name), std::move(change.group));
}

void MemoryStore::apply(DropUrlGroup& change) { url_groups_.erase(change.name); }

void MemoryStore::apply(CloseCleanly&) { closed_cleanly_ = true; }

void MemoryStore::add_pending(Row& row) {
  row.waitlist->insert(row.position());
  if (row.scheduled)
    scheduled_.insert({row.ready_at, row.message->id.sequence()});
}

void MemoryStore::remove_pending(Row& row) {
  row.waitlist->erase(row.position());
  if (row.scheduled)
    scheduled_.erase({row.ready_at, row.message->id.sequence()});
}

} // namespace sluice
