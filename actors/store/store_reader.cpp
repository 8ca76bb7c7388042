#include "actors/store/store_reader.hpp"

#include <algorithm>
#include <limits>

#include "actors/store/message_codec.hpp"
#include "actors/store/record_codec.hpp"
#include "actors/store/setting_names.hpp"

namespace sluice {

namespace {

// SQLite's numbers are signed; callers name the end of a moment by the greatest number of all.
std::int64_t bound(Sequence sequence) {
  return static_cast<std::int64_t>(std::min<Sequence>(sequence, std::numeric_limits<std::int64_t>::max()));
}

const std::string dlq_columns =
    "SELECT dlq.time, dlq.sequence, dlq.record, bodies.record, body FROM dlq JOIN bodies USING (sequence) ";

const std::string schedule_columns = "SELECT id, created, paused, next, last, error, record, body FROM schedules "
                                     "JOIN schedule_specs USING (id) ";
const std::string place_columns = "SELECT key, iif(queued, 2 - queued, time), sequence FROM messages ";
const std::string due_columns = "SELECT time, sequence, name FROM messages JOIN keys ON keys.id = key "
                                "WHERE scheduled = 1 AND ";

constexpr auto all = std::numeric_limits<Sequence>::max();

// Flow-control keys come after the queues, whose names begin with a control character.
constexpr std::string_view after_queues = "\x02";

} // namespace

StoreReader::Reading::Reading(StoreReader& reader) : reader_(reader), lock_(reader.mutex_) {}

StoreReader::Reading::~Reading() {
  if (!reader_.database_->failed())
    return;
  auto reason = reader_.database_->error().message;
  reader_.database_->forget_failure();
  reader_.fatal_("the store cannot be read: " + reason);
}

StoreReader::StoreReader(std::unique_ptr<Database> database, const StoreOpening& opening, std::uint64_t first_of_boot,
                         const EndedMessages& ended, Fatal fatal)
    : database_(std::move(database)),
      opening_(opening),
      first_of_boot_(first_of_boot),
      ended_(ended),
      fatal_(std::move(fatal)),
      pin_(*database_, "SELECT 1 FROM header"),
      message_(*database_, "SELECT attempts, cancel, time, record, body FROM messages JOIN bodies USING (sequence) "
                           "WHERE messages.sequence = ?"),
      sequences_(*database_, "SELECT sequence FROM messages WHERE sequence > ? ORDER BY sequence"),
      joined_(*database_, place_columns + "WHERE sequence > ? AND (queued OR NOT scheduled) ORDER BY sequence"),
      place_of_(*database_, place_columns + "WHERE sequence = ?"),
      name_of_(*database_, "SELECT name FROM keys WHERE id = ?"),
      due_beside_(*database_, due_columns + "time = ?1 AND sequence > ?2 AND ?1 <= ?3 ORDER BY sequence LIMIT ?4"),
      due_behind_(*database_, due_columns + "time > ?1 AND time <= ?2 ORDER BY time, sequence LIMIT ?3"),
      duplicate_(*database_, "SELECT sequence FROM dedup WHERE id = ? AND until > ?"),
      key_(*database_, "SELECT generation, record FROM keys WHERE name = ? AND record IS NOT NULL"),
      keys_(*database_, "SELECT name FROM keys WHERE name > ? AND record IS NOT NULL ORDER BY name"),
      queues_(*database_, "SELECT name FROM keys WHERE name > ? AND name < ? AND record IS NOT NULL "
                          "ORDER BY name LIMIT ?"),
      schedule_(*database_, schedule_columns + "WHERE id = ?"),
      schedules_(*database_, schedule_columns + "WHERE id > ? ORDER BY id LIMIT ?"),
      runs_(*database_, "SELECT sequence, state FROM schedule_runs WHERE schedule = ? ORDER BY sequence"),
      schedule_count_(*database_, "SELECT count(*) FROM schedules"),
      firings_(*database_, "SELECT next, id FROM schedules WHERE paused = 0 AND next IS NOT NULL "
                           "ORDER BY next, id LIMIT ?"),
      dlq_newest_(*database_, dlq_columns + "WHERE (dlq.time, dlq.sequence) < (?1, ?2) "
                                            "ORDER BY dlq.time DESC, dlq.sequence DESC LIMIT ?3"),
      dlq_oldest_(*database_, dlq_columns + "WHERE (dlq.time, dlq.sequence) > (?1, ?2) "
                                            "ORDER BY dlq.time, dlq.sequence LIMIT ?3"),
      dlq_entry_(*database_, dlq_columns + "WHERE dlq.time = ? AND dlq.sequence = ?"),
      audit_(*database_, "SELECT id, record FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?"),
      setting_(*database_, "SELECT record FROM settings WHERE name = ?"),
      url_group_(*database_, "SELECT name, record FROM url_groups WHERE name = ?"),
      url_groups_(*database_, "SELECT name, record FROM url_groups ORDER BY name"),
      limits_(*database_, *this) {}

Result<void> StoreReader::pin() {
  std::lock_guard lock(mutex_);
  // The tables are fixed by the first read, not by BEGIN.
  if (database_->run("BEGIN") && pin_.run())
    return {};
  auto error = database_->error();
  database_->forget_failure();
  if (database_->in_transaction())
    database_->run("ROLLBACK");
  return error;
}

void StoreReader::unpin() {
  Reading reading(*this);
  if (database_->in_transaction())
    database_->run("COMMIT");
}

void StoreReader::unreadable(const std::string& what) { fatal_("the store is damaged: " + what + " cannot be read."); }

std::optional<MessageRow> StoreReader::find(Sequence sequence) {
  auto rows = message_.query(sequence);
  if (!rows.next())
    return std::nullopt;
  MessageRow row;
  row.message = decode_message(sequence, rows.bytes(3), rows.bytes(4));
  if (!row.message) {
    unreadable("message " + std::to_string(sequence));
    return std::nullopt;
  }
  row.attempts = static_cast<int>(rows.number(0));
  row.cancel_requested = rows.number(1) != 0;
  if (auto end = ended_.find(sequence)) {
    row.state = end->state;
    row.attempts = end->attempts;
    row.finished_at = end->time;
  } else {
    row.ready_at = rows.time(2);
  }
  return row;
}

std::optional<MessageRow> StoreReader::message(Sequence sequence) {
  Reading reading(*this);
  return find(sequence);
}

std::vector<MessageRow> StoreReader::pending(Sequence after, std::size_t limit) {
  Reading reading(*this);
  std::vector<MessageRow> slice;
  auto rows = sequences_.query(after);
  while (slice.size() < limit && rows.next())
    if (auto sequence = rows.sequence(0); !ended_.find(sequence))
      if (auto row = find(sequence))
        slice.push_back(*std::move(row));
  return slice;
}

StoreReader::Place StoreReader::place(const Statement::Rows& rows) {
  return {rows.number(0), {rows.time(1), rows.sequence(2)}};
}

std::vector<StoreReader::Place> StoreReader::joined(Sequence after, std::size_t limit) {
  Reading reading(*this);
  std::vector<Place> slice;
  auto rows = joined_.query(after);
  while (slice.size() < limit && rows.next())
    if (!ended_.find(rows.sequence(2)))
      slice.push_back(place(rows));
  return slice;
}

std::optional<StoreReader::Place> StoreReader::place_of(Sequence sequence) {
  Reading reading(*this);
  if (ended_.find(sequence))
    return std::nullopt;
  auto rows = place_of_.query(sequence);
  return rows.next() ? std::optional(place(rows)) : std::nullopt;
}

FlowControlKey StoreReader::name_of(std::int64_t key) {
  Reading reading(*this);
  auto rows = name_of_.query(key);
  if (rows.next())
    return {std::string(rows.bytes(0))};
  unreadable("the name of key " + std::to_string(key));
  return {};
}

std::vector<Store::Due> StoreReader::due(WaitPosition after, WallTime upto, std::size_t limit) {
  Reading reading(*this);
  std::vector<Store::Due> slice;
  auto take = [&](Statement::Rows rows) {
    while (rows.next())
      slice.push_back({rows.sequence(1), rows.time(0), {std::string(rows.bytes(2))}});
  };
  // Two searches, because one for pairs would walk over everything of the first moment.
  take(due_beside_.query(after.ready_at, bound(after.sequence), upto, limit));
  take(due_behind_.query(after.ready_at, upto, limit - slice.size()));
  return slice;
}

std::optional<WallTime> StoreReader::next_due(WaitPosition after) {
  auto next = due(after, WallTime::max(), 1);
  return next.empty() ? std::nullopt : std::optional(next.front().ready_at);
}

std::optional<MessageId> StoreReader::duplicate(std::string_view id, WallTime now) {
  Reading reading(*this);
  auto rows = duplicate_.query(id, now);
  return rows.next() ? std::optional(MessageId(rows.sequence(0), opening_.origin)) : std::nullopt;
}

core::Writer StoreReader::writer_of(std::uint64_t generation) const {
  if (generation == opening_.generation)
    return core::Writer::this_process;
  return generation >= first_of_boot_ ? core::Writer::same_boot : core::Writer::other_boot;
}

std::optional<KeyRow> StoreReader::key(const FlowControlKey& key) {
  Reading reading(*this);
  auto rows = key_.query(key.text);
  if (!rows.next())
    return std::nullopt;
  auto state = decode_flow_state(rows.bytes(1));
  if (!state) {
    unreadable("key " + key.text);
    return std::nullopt;
  }
  return KeyRow{*std::move(state), writer_of(rows.sequence(0))};
}

std::vector<FlowControlKey> StoreReader::keys(const FlowControlQuery& query) {
  Reading reading(*this);
  std::vector<FlowControlKey> page;
  auto rows = keys_.query(std::max(std::string_view(query.after), after_queues));
  while (page.size() < query.limit && rows.next())
    if (FlowControlKey key{std::string(rows.bytes(0))};
        is_named_by_clients(key) && key.text.find(query.search) != std::string::npos)
      page.push_back(std::move(key));
  return page;
}

std::vector<QueueName> StoreReader::queues(const QueueName& after, std::size_t limit) {
  Reading reading(*this);
  std::vector<QueueName> page;
  auto first = queue_key(after).text;
  auto rows = queues_.query(first, after_queues, limit);
  while (rows.next())
    page.push_back(queue_of({std::string(rows.bytes(0))}));
  return page;
}

ScheduleRow StoreReader::schedule_row(const Statement::Rows& rows) {
  auto optional_time = [&rows](int column) {
    return rows.is_empty(column) ? std::nullopt : std::optional(rows.time(column));
  };
  ScheduleId id{std::string(rows.bytes(0))};
  ScheduleRow row;
  row.spec = decode_schedule_spec(id, rows.bytes(6), rows.bytes(7));
  if (!row.spec)
    unreadable("schedule " + id.text);
  row.created_at = rows.time(1);
  row.paused = rows.number(2) != 0;
  row.next = optional_time(3);
  row.last = optional_time(4);
  row.error = rows.bytes(5);
  row.runs = runs_of(id);
  return row;
}

std::vector<ScheduleRow::Run> StoreReader::runs_of(const ScheduleId& id) {
  std::vector<ScheduleRow::Run> runs;
  auto rows = runs_.query(id.text);
  while (rows.next())
    runs.push_back({{rows.sequence(0), opening_.origin}, static_cast<MessageRow::State>(rows.number(1))});
  return runs;
}

std::optional<ScheduleRow> StoreReader::schedule(const ScheduleId& id) {
  Reading reading(*this);
  auto rows = schedule_.query(id.text);
  if (!rows.next())
    return std::nullopt;
  auto row = schedule_row(rows);
  return row.spec ? std::optional(std::move(row)) : std::nullopt;
}

std::vector<ScheduleRow> StoreReader::schedules(const ScheduleId& after, std::size_t limit) {
  Reading reading(*this);
  std::vector<ScheduleRow> page;
  auto rows = schedules_.query(after.text, limit);
  while (rows.next())
    if (auto row = schedule_row(rows); row.spec)
      page.push_back(std::move(row));
  return page;
}

std::size_t StoreReader::schedule_count() {
  Reading reading(*this);
  auto rows = schedule_count_.query();
  return rows.next() ? rows.sequence(0) : 0;
}

std::vector<Store::Firing> StoreReader::firings(std::size_t limit) {
  Reading reading(*this);
  std::vector<Store::Firing> slice;
  auto rows = firings_.query(limit);
  while (rows.next())
    slice.push_back({rows.time(0), {std::string(rows.bytes(1))}});
  return slice;
}

DlqEntry StoreReader::dlq_row(const Statement::Rows& rows) {
  DlqId id{rows.number(0), rows.sequence(1)};
  auto entry = decode_dlq_entry(id, decode_message(id.sequence, rows.bytes(3), rows.bytes(4)), rows.bytes(2));
  if (!entry)
    unreadable("DLQ entry " + id.text());
  return std::move(entry).value_or(DlqEntry{});
}

DlqPage StoreReader::dlq(const DlqQuery& query) {
  Reading reading(*this);
  DlqPage page;
  DlqId first{std::numeric_limits<std::int64_t>::min(), 0};
  DlqId last{std::numeric_limits<std::int64_t>::max(), 0};
  auto from = query.cursor.value_or(query.earliest_first ? first : last);
  auto& statement = query.earliest_first ? dlq_oldest_ : dlq_newest_;
  // One more than asked for tells whether there are more.
  auto rows = statement.query(from.failed_ms, from.sequence, query.count + 1);
  std::size_t bytes = 0;
  while (rows.next()) {
    if (page.entries.size() == query.count || bytes >= max_dlq_bytes) {
      page.cursor = page.entries.back().id;
      break;
    }
    if (auto entry = dlq_row(rows); entry.message) {
      bytes += body_bytes(entry);
      page.entries.push_back(std::move(entry));
    }
  }
  return page;
}

std::optional<DlqEntry> StoreReader::dlq_entry(DlqId id) {
  Reading reading(*this);
  auto rows = dlq_entry_.query(id.failed_ms, id.sequence);
  if (!rows.next())
    return std::nullopt;
  auto entry = dlq_row(rows);
  return entry.message ? std::optional(std::move(entry)) : std::nullopt;
}

std::vector<AuditEntry> StoreReader::audit(const AuditQuery& query) {
  Reading reading(*this);
  std::vector<AuditEntry> newest;
  auto rows = audit_.query(bound(query.before.value_or(all)), query.count);
  while (rows.next()) {
    auto entry = decode_audit_entry(rows.bytes(1));
    if (!entry) {
      unreadable("an entry of the audit log");
      continue;
    }
    entry->number = rows.sequence(0);
    newest.push_back(*std::move(entry));
  }
  return newest;
}

std::optional<UrlGroup> StoreReader::url_group_row(const Statement::Rows& rows) {
  UrlGroupName name{std::string(rows.bytes(0))};
  auto group = decode_url_group(name, rows.bytes(1));
  if (!group)
    unreadable("URL group " + name.text);
  return group;
}

std::optional<UrlGroup> StoreReader::url_group(const UrlGroupName& name) {
  Reading reading(*this);
  auto rows = url_group_.query(name.text);
  return rows.next() ? url_group_row(rows) : std::nullopt;
}

std::vector<UrlGroup> StoreReader::url_groups() {
  Reading reading(*this);
  std::vector<UrlGroup> all;
  auto rows = url_groups_.query();
  while (rows.next())
    if (auto group = url_group_row(rows))
      all.push_back(*std::move(group));
  return all;
}

std::optional<SigningKeys> StoreReader::signing_keys() {
  Reading reading(*this);
  auto rows = setting_.query(signing_keys_setting);
  if (!rows.next())
    return std::nullopt;
  auto keys = decode_signing_keys(rows.bytes(0));
  if (!keys)
    unreadable("the signing keys");
  return keys;
}

} // namespace sluice
