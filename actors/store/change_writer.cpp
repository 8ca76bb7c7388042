#include "actors/store/change_writer.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

#include "actors/crash_point.hpp"
#include "actors/store/setting_names.hpp"

namespace sluice {

namespace {

constexpr std::size_t max_audit = 10'000;
constexpr auto all = std::numeric_limits<std::size_t>::max();
constexpr std::size_t bytes_slice = 16; // Events that go at once for the sake of their messages' bytes.

constexpr auto unused_body = "sequence = ? AND NOT EXISTS (SELECT 1 FROM dlq WHERE dlq.sequence = bodies.sequence)";

// Settings and totals exist in every store; a read that fails is noticed by the first write.
std::uint64_t header_number(Database& database, const std::string& column) {
  return static_cast<std::uint64_t>(database.number("SELECT " + column + " FROM header"));
}

} // namespace

ChangeWriter::ChangeWriter(Database& database)
    : database_(database),
      insert_message_(database, "INSERT INTO messages VALUES (?, ?, 0, 0, ?, ?, ?)"),
      insert_body_(database, "INSERT INTO bodies VALUES (?, ?, ?)"),
      keep_body_(database, "INSERT OR IGNORE INTO bodies VALUES (?, ?, ?)"),
      retry_(database, "UPDATE messages SET attempts = ?2, scheduled = 1, time = ?3 WHERE sequence = ?1"),
      unschedule_(database, "UPDATE messages SET scheduled = 0 WHERE sequence = ? AND scheduled"),
      cancel_(database, "UPDATE messages SET cancel = 1 WHERE sequence = ?"),
      drop_message_(database, "DELETE FROM messages WHERE sequence = ?"),
      drop_body_(database, "DELETE FROM bodies WHERE sequence = ?"),
      drop_unused_body_(database, std::string("DELETE FROM bodies WHERE ") + unused_body +
                                      " AND NOT EXISTS (SELECT 1 FROM messages WHERE sequence = bodies.sequence)"),
      remember_(database, "INSERT OR REPLACE INTO dedup VALUES (?, ?, ?)"),
      forget_(database, "DELETE FROM dedup WHERE id IN (SELECT id FROM dedup WHERE until <= ? ORDER BY until LIMIT ?)"),
      put_key_(database, "UPDATE keys SET generation = ?2, record = ?3 WHERE id = ?1"),
      insert_dlq_(database, "INSERT INTO dlq VALUES (?, ?, ?)"),
      delete_dlq_(database, "DELETE FROM dlq WHERE time = ? AND sequence = ?"),
      oldest_dlq_(database, "SELECT time, sequence FROM dlq WHERE time < ? ORDER BY time, sequence LIMIT ?"),
      insert_audit_(database, "INSERT INTO audit(record) VALUES (?)"),
      drop_audit_(database, "DELETE FROM audit WHERE id <= ?"),
      put_schedule_(database, "INSERT INTO schedules VALUES (?1, ?2, 0, ?3, NULL, x'') "
                              "ON CONFLICT DO UPDATE SET paused = 0, next = ?3, error = x''"),
      put_spec_(database, "INSERT OR REPLACE INTO schedule_specs VALUES (?, ?, ?)"),
      pause_schedule_(database, "UPDATE schedules SET paused = 1 WHERE id = ?"),
      resume_schedule_(database, "UPDATE schedules SET paused = 0, next = iif(next IS ?3, ?2, next) WHERE id = ?1"),
      fire_schedule_(database, "UPDATE schedules SET last = ?2, next = ?3, error = ?4 WHERE id = ?1"),
      skip_firings_(database, "UPDATE schedules SET next = ?2, error = iif(?3 = x'', error, ?3) WHERE id = ?1"),
      drop_schedule_(database, "DELETE FROM schedules WHERE id = ?"),
      drop_spec_(database, "DELETE FROM schedule_specs WHERE id = ?"),
      insert_run_(database, "INSERT INTO schedule_runs VALUES (?, ?, 0)"),
      end_run_(database, "UPDATE schedule_runs SET state = ?2 WHERE sequence = ?1"),
      drop_runs_(database, "DELETE FROM schedule_runs WHERE schedule = ?"),
      put_setting_(database, "INSERT OR REPLACE INTO settings VALUES (?, ?)"),
      put_url_group_(database, "INSERT OR REPLACE INTO url_groups VALUES (?, ?)"),
      drop_url_group_(database, "DELETE FROM url_groups WHERE name = ?"),
      put_totals_(database, "UPDATE header SET last_sequence = ?2, events = ?3, finished = ?4, clean = ?5, "
                            "limit_time = ?6, finished_bytes = ?7 "
                            "WHERE generation = ?1"),
      keys_(database),
      events_(database, "events"),
      finished_(database, "finished"),
      limits_(database) {
  committed_.last_sequence = header_number(database, "last_sequence");
  committed_.events = header_number(database, "events");
  committed_.finished = header_number(database, "finished");
  committed_.limit_time = WallTime{std::chrono::milliseconds{header_number(database, "limit_time")}};
  committed_.finished_bytes = header_number(database, "finished_bytes");
  current_ = committed_;
}

bool ChangeWriter::write(const Changes& changes, std::uint64_t generation) {
  generation_ = generation;
  dropped_events_.clear();
  dropped_messages_.clear();
  for (const auto& change : changes) {
    std::visit([this](const auto& one) { apply(one); }, change);
    if (database_.failed())
      return true;
  }
  events_.flush();
  finished_.flush();
  limits_.flush();
  // One row write a group keeps the totals, and is where a newer owner shows.
  put_totals_.run(generation, current_.last_sequence, current_.events, current_.finished, current_.clean,
                  current_.limit_time, current_.finished_bytes);
  return database_.failed() || database_.changed_rows() == 1;
}

void ChangeWriter::committed() {
  committed_ = current_;
  events_.committed();
  finished_.committed();
}

void ChangeWriter::roll_back() {
  current_ = committed_;
  keys_.forget();
  events_.discard();
  finished_.discard();
  limits_.discard();
}

template <class... Values>
void ChangeWriter::update(Statement& statement, const Values&... values) {
  auto done = statement.run(values...);
  assert((!done || database_.changed_rows() == 1) && "a change concerns a message that is not in the store");
}

void ChangeWriter::put_body(Statement& statement, const Message& message) {
  encode(record_, message);
  statement.run(message.id.sequence(), record_.bytes(), message.request.body.view());
}

void ChangeWriter::apply(const InsertMessage& change) {
  const auto& message = *change.message;
  auto sequence = message.id.sequence();
  auto key = keys_.id_of(waiting_key(message).text);
  int queued = message.request.queue ? 1 + message.is_first_in_queue : 0;
  insert_message_.run(sequence, key, queued, change.scheduled, change.ready_at);
  SLUICE_CRASH_POINT("store.insert.before_body");
  put_body(insert_body_, message);
  current_.last_sequence = std::max(current_.last_sequence, sequence);
}

void ChangeWriter::apply(const RetryMessage& change) {
  update(retry_, change.sequence, change.attempts, change.ready_at);
  SLUICE_CRASH_POINT("store.retry");
}

void ChangeWriter::apply(const FinishMessage& change) {
  encode(finished_.append(change.finished_at), Ended{change.sequence, change.state, change.attempts, change.bytes});
  if (change.scheduled)
    unschedule_.run(change.sequence);
  ++current_.finished;
  current_.finished_bytes += change.bytes;
  if (change.of_schedule)
    end_run_.run(change.sequence, static_cast<int>(change.state));
  SLUICE_CRASH_POINT("store.finish");
}

void ChangeWriter::apply(const RequestCancel& change) {
  update(cancel_, change.sequence);
  SLUICE_CRASH_POINT("store.cancel");
}

void ChangeWriter::apply(const RememberDuplicate& change) {
  remember_.run(change.id, change.sequence, change.until);
  SLUICE_CRASH_POINT("store.remember");
}

void ChangeWriter::apply(const PutKey& change) {
  auto id = keys_.id_of(change.key.text);
  encode(record_, change.state);
  put_key_.run(id, generation_, record_.bytes());
  SLUICE_CRASH_POINT("store.put_key");
}

void ChangeWriter::apply(const DropKey& change) {
  keys_.drop(change.key.text);
  SLUICE_CRASH_POINT("store.drop_key");
}

void ChangeWriter::apply(const InsertDlqEntry& change) {
  const auto& entry = *change.entry;
  put_body(keep_body_, *entry.message);
  SLUICE_CRASH_POINT("store.insert_dlq");
  encode(record_, entry);
  insert_dlq_.run(entry.id.failed_ms, entry.id.sequence, record_.bytes());
}

void ChangeWriter::apply(const DeleteDlqEntry& change) {
  delete_dlq_.run(change.id.failed_ms, change.id.sequence);
  SLUICE_CRASH_POINT("store.delete_dlq");
  drop_unused_body_.run(change.id.sequence);
}

void ChangeWriter::apply(const AddEvent& change) {
  encode(events_.append(change.event.time), change.event);
  ++current_.events;
}

void ChangeWriter::apply(const AddAudit& change) {
  encode(record_, *change.entry);
  insert_audit_.run(record_.bytes());
  drop_audit_.run(database_.last_insert_id() - static_cast<std::int64_t>(max_audit));
  SLUICE_CRASH_POINT("store.audit");
}

void ChangeWriter::apply(const DropFinished& change) {
  events_.flush();
  auto oldest_event = events_.oldest_time().value_or(WallTime::max());
  auto dropped = drop_finished(std::min(change.before, oldest_event), all, change.limit);
  if (current_.finished > change.keep)
    drop_finished(oldest_event, all, std::min(change.limit - dropped, current_.finished - change.keep));
}

std::size_t ChangeWriter::drop_finished(WallTime before, std::size_t keep, std::size_t limit) {
  auto dropped = finished_.drop(before, current_.finished, keep, limit,
                                [this](RecordReader& in) { drop_message(decode_ended(in)); });
  current_.finished -= dropped;
  return dropped;
}

void ChangeWriter::drop_message(const Ended& ended) {
  current_.finished_bytes -= std::min<std::size_t>(ended.bytes, current_.finished_bytes);
  drop_message_.run(ended.sequence);
  SLUICE_CRASH_POINT("store.retention");
  (ended.state == MessageRow::State::failed ? drop_unused_body_ : drop_body_).run(ended.sequence);
  dropped_messages_.push_back(ended.sequence);
}

void ChangeWriter::apply(const DropDlqEntries& change) {
  for (auto id : dlq_entries_before(change.before, change.limit))
    apply(DeleteDlqEntry{id});
}

std::vector<DlqId> ChangeWriter::dlq_entries_before(WallTime time, std::size_t limit) {
  std::vector<DlqId> ids;
  auto rows = oldest_dlq_.query(time, limit);
  while (rows.next())
    ids.push_back({rows.number(0), rows.sequence(1)});
  return ids;
}

void ChangeWriter::apply(const DropEvents& change) {
  auto dropped = drop_events(change.before, change.keep, change.limit);
  while (current_.finished_bytes > change.max_bytes && dropped < change.limit && current_.events > 0) {
    dropped += drop_events(WallTime::max(), 0, std::min(change.limit - dropped, bytes_slice));
    drop_finished(events_.oldest_time().value_or(WallTime::max()), all, bytes_slice);
  }
  dropped_events_.push_back(dropped);
  SLUICE_CRASH_POINT("store.drop_events");
}

std::size_t ChangeWriter::drop_events(WallTime before, std::size_t keep, std::size_t limit) {
  // An event that cannot be read is dropped like any other.
  auto dropped = events_.drop(before, current_.events, keep, limit, [](RecordReader& in) { decode_event(in, {}); });
  current_.events -= dropped;
  return dropped;
}

void ChangeWriter::apply(const DropDuplicates& change) { forget_.run(change.before, change.limit); }

void ChangeWriter::apply(const PutSigningKeys& change) {
  encode(record_, change.keys);
  put_setting_.run(signing_keys_setting, record_.bytes());
  SLUICE_CRASH_POINT("store.signing_keys");
}

void ChangeWriter::apply(const PutSchedule& change) {
  const auto& spec = *change.spec;
  put_schedule_.run(spec.id->text, change.created_at, change.next);
  SLUICE_CRASH_POINT("store.put_schedule");
  encode(record_, spec);
  put_spec_.run(spec.id->text, record_.bytes(), spec.request.body.view());
}

void ChangeWriter::apply(const PauseSchedule& change) { pause_schedule_.run(change.id.text); }

void ChangeWriter::apply(const ResumeSchedule& change) {
  resume_schedule_.run(change.id.text, change.next, change.replaces);
}

void ChangeWriter::apply(const FireSchedule& change) {
  fire_schedule_.run(change.id.text, change.time, change.next, change.error);
  if (database_.changed_rows() == 0)
    return;
  drop_runs_.run(change.id.text);
  SLUICE_CRASH_POINT("store.fire_schedule");
  for (auto sequence : change.published)
    insert_run_.run(sequence, change.id.text);
}

void ChangeWriter::apply(const SkipFirings& change) { skip_firings_.run(change.id.text, change.next, change.error); }

void ChangeWriter::apply(const DropSchedule& change) {
  drop_schedule_.run(change.id.text);
  SLUICE_CRASH_POINT("store.drop_schedule");
  drop_spec_.run(change.id.text);
  drop_runs_.run(change.id.text);
}

void ChangeWriter::apply(const PutUrlGroup& change) {
  encode(record_, *change.group);
  put_url_group_.run(change.group->name.text, record_.bytes());
}

void ChangeWriter::apply(const DropUrlGroup& change) { drop_url_group_.run(change.name.text); }

void ChangeWriter::apply(const SaveLimitRows& change) {
  current_.limit_time = std::max(current_.limit_time, change.at);
  limits_.apply(change);
}

void ChangeWriter::apply(const CloseCleanly&) {
  current_.clean = true;
  SLUICE_CRASH_POINT("store.close");
}

} // namespace sluice
