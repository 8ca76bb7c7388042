#include "actors/store/log_reader.hpp"

#include <algorithm>

#include "actors/core/filters.hpp"
#include "actors/store/chunk_log.hpp"
#include "actors/store/message_codec.hpp"
#include "actors/store/record_codec.hpp"

namespace sluice {

namespace {

// More are not left to gather, because they keep their messages in memory.
constexpr std::size_t max_changes = 512;
constexpr auto no_limit = std::numeric_limits<std::size_t>::max();

} // namespace

LogReader::LogReader(std::unique_ptr<Database> database, Fatal fatal)
    : database_(std::move(database)),
      fatal_(std::move(fatal)),
      all_events_(*database_, "SELECT id, records FROM events ORDER BY id"),
      chunk_at_(*database_, "SELECT id, records FROM events WHERE id <= ? ORDER BY id DESC LIMIT 1"),
      record_(*database_, "SELECT record FROM bodies WHERE sequence = ?"),
      message_(*database_, "SELECT record, body FROM bodies WHERE sequence = ?"),
      failure_(*database_, "SELECT record FROM dlq WHERE time = ? AND sequence = ?") {
  // The tables are fixed by the first read, not by BEGIN.
  database_->run("BEGIN");
  database_->number("SELECT 1 FROM header");
  thread_ = std::thread([this] { run(); });
}

LogReader::~LogReader() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void LogReader::take(Group group) {
  std::lock_guard lock(mutex_);
  changes_ += group->changes.size();
  groups_.push_back(std::move(group));
  if (changes_ >= max_changes)
    wake_.notify_one();
}

void LogReader::search(LogQuery query, Done done) {
  {
    std::lock_guard lock(mutex_);
    asked_.push_back({std::move(query), std::move(done)});
  }
  wake_.notify_one();
}

bool LogReader::is_stopping() {
  std::lock_guard lock(mutex_);
  return stopping_;
}

void LogReader::run() {
  build();
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !asked_.empty() || changes_ >= max_changes; });
    if (stopping_)
      return;
    auto groups = std::exchange(groups_, {});
    auto asked = std::exchange(asked_, {});
    changes_ = 0;
    lock.unlock();
    for (const auto& group : groups)
      apply(*group);
    for (const auto& one : asked)
      if (!is_stopping())
        one.done(read(one.query));
    groups.clear();
    lock.lock();
  }
}

void LogReader::build() {
  {
    auto rows = all_events_.query();
    while (rows.next() && !is_stopping()) {
      LogPosition position{time_of_chunk(rows.number(0)), ordinal_of_chunk(rows.number(0))};
      for (RecordReader in(rows.bytes(1)); !in.empty(); ++position.ordinal)
        index_.restore(position, decode_event(in, position.time),
                       [this](auto sequence) { return request_of(sequence); });
    }
  }
  database_->run("COMMIT");
  check();
}

const PublishRequest* LogReader::request_of(std::uint64_t sequence) {
  auto rows = record_.query(sequence);
  if (!rows.next())
    return nullptr;
  request_ = decode_request(rows.bytes(0));
  if (!request_)
    unreadable("message " + std::to_string(sequence));
  return request_ ? &*request_ : nullptr;
}

void LogReader::apply(const CommitThread::Group& group) {
  auto dropped = group.dropped_events.begin();
  for (const auto& change : group.changes) {
    if (auto added = std::get_if<AddEvent>(&change))
      index_.add(added->event, [added](std::uint64_t) { return &added->message->request; });
    else if (std::holds_alternative<DropEvents>(change))
      index_.drop_oldest(*dropped++);
  }
}

// --- reading -----------------------------------------------------------------

// A page that is being put together.
class LogReader::Page {
public:
  Page(LogReader& reader, const LogQuery& query) : reader_(reader), query_(query) {}

  /// False once the page is full.
  bool take(const core::LogIndex::Candidate& candidate) {
    auto message = message_of(candidate.sequence);
    auto event = message ? reader_.event(candidate.position) : std::nullopt;
    // What retention has dropped meanwhile is gone, and its place may be another's, though the index does not know it yet.
    if (!event || event->sequence != candidate.sequence)
      return true;
    slice.entries.push_back({candidate.position, std::move(*event), std::move(message), {}, {}});
    reader_.add_response(slice.entries.back());
    bytes_ += footprint(*slice.entries.back().message) + slice.entries.back().response_body.size();
    return slice.entries.size() < query_.count && bytes_ < max_log_bytes;
  }

  Store::LogSlice slice;

private:
  // Null for a message that the query does not select.
  std::shared_ptr<const Message> message_of(Sequence sequence) {
    auto [known, is_new] = messages_.try_emplace(sequence);
    if (is_new)
      if (auto message = reader_.message(sequence); message && core::matches(query_.filter, *message))
        known->second = std::move(message);
    return known->second;
  }

  LogReader& reader_;
  const LogQuery& query_;
  std::size_t bytes_ = 0;
  std::unordered_map<Sequence, std::shared_ptr<const Message>> messages_;
};

Store::LogSlice LogReader::read(const LogQuery& query) {
  Page page(*this, query);
  chunk_ = {};
  // Everything of one page is as it was at one moment.
  database_->run("BEGIN");
  page.slice.next = index_.search(query, no_limit, [&](const auto& candidate) { return page.take(candidate); });
  database_->run("COMMIT");
  check();
  return std::move(page.slice);
}

std::shared_ptr<const Message> LogReader::message(std::uint64_t sequence) {
  auto rows = message_.query(sequence);
  if (!rows.next())
    return nullptr;
  auto message = decode_message(sequence, rows.bytes(0), rows.bytes(1));
  if (!message)
    unreadable("message " + std::to_string(sequence));
  return message;
}

std::optional<Event> LogReader::event(LogPosition position) {
  auto is_here = [&] {
    return chunk_.time == position.time && position.ordinal >= chunk_.first &&
           position.ordinal - chunk_.first < chunk_.events.size();
  };
  if (!is_here()) {
    auto rows = chunk_at_.query(first_chunk_at(position.time) + position.ordinal);
    if (!rows.next())
      return std::nullopt;
    chunk_ = {time_of_chunk(rows.number(0)), ordinal_of_chunk(rows.number(0)), {}};
    RecordReader in(rows.bytes(1));
    while (!in.empty())
      chunk_.events.push_back(decode_event(in, chunk_.time));
    if (in.failed())
      unreadable("an event");
  }
  return is_here() ? std::optional(chunk_.events[position.ordinal - chunk_.first]) : std::nullopt;
}

// An attempt that failed for good has its answer in the DLQ, under its time.
void LogReader::add_response(LogEntry& entry) {
  if (entry.event.kind != EventKind::error)
    return;
  DlqId id{entry.event.time.time_since_epoch().count(), entry.event.sequence};
  auto rows = failure_.query(id.failed_ms, id.sequence);
  if (!rows.next())
    return;
  auto failure = decode_dlq_entry(id, entry.message, rows.bytes(0));
  if (!failure)
    return unreadable("DLQ entry " + id.text());
  entry.response_headers = std::move(failure->response_headers);
  entry.response_body = std::move(failure->response_body);
}

void LogReader::check() {
  if (!database_->failed())
    return;
  auto reason = database_->error().message;
  database_->forget_failure();
  if (database_->in_transaction())
    database_->run("ROLLBACK");
  database_->forget_failure();
  fatal_("the log cannot be read: " + reason);
}

void LogReader::unreadable(const std::string& what) { fatal_("the store is damaged: " + what + " cannot be read."); }

} // namespace sluice
