#include "actors/store/chunk_log.hpp"

#include <algorithm>

namespace sluice {

namespace {

constexpr int ordinal_bits = 20;
constexpr std::int64_t max_time = (std::int64_t{1} << (63 - ordinal_bits)) - 2;
// Larger rows would leave their page.
constexpr std::size_t max_chunk_bytes = 3000;

} // namespace

std::int64_t first_chunk_at(WallTime time) {
  return std::clamp<std::int64_t>(time.time_since_epoch().count(), -max_time, max_time) * (1 << ordinal_bits);
}

// An arithmetic shift: it rounds down for times before 1970 too.
WallTime time_of_chunk(std::int64_t id) { return WallTime{std::chrono::milliseconds{id >> ordinal_bits}}; }

std::uint32_t ordinal_of_chunk(std::int64_t id) {
  return static_cast<std::uint32_t>(id & ((std::int64_t{1} << ordinal_bits) - 1));
}

ChunkLog::ChunkLog(Database& database, const std::string& table)
    : database_(database),
      insert_(database, "INSERT INTO " + table + " VALUES (?, ?, ?)"),
      last_before_(database, "SELECT id + count - 1 FROM " + table + " WHERE id < ? ORDER BY id DESC LIMIT 1"),
      oldest_(database, "SELECT id, count, records FROM " + table + " ORDER BY id LIMIT 1"),
      oldest_id_(database, "SELECT id FROM " + table + " ORDER BY id LIMIT 1"),
      shorten_(database, "UPDATE " + table + " SET id = id + ?1, count = count - ?1, records = ?2 WHERE id = ?3"),
      remove_(database, "DELETE FROM " + table + " WHERE id = ?"),
      last_(database.number("SELECT coalesce(max(id + count - 1), -1) FROM " + table)),
      committed_last_(last_) {}

RecordWriter& ChunkLog::append(WallTime time) {
  if (count_ > 0 && (time != time_ || records_.bytes().size() > max_chunk_bytes))
    flush();
  time_ = time;
  ++count_;
  return records_;
}

void ChunkLog::flush() {
  if (count_ == 0)
    return;
  auto id = next_id();
  last_ = std::max(last_, id + static_cast<std::int64_t>(count_) - 1);
  insert_.run(id, count_, records_.bytes());
  records_.clear();
  count_ = 0;
}

void ChunkLog::discard() {
  records_.clear();
  count_ = 0;
  last_ = committed_last_;
}

std::int64_t ChunkLog::next_id() {
  auto first = first_chunk_at(time_);
  if (time_of_chunk(first) >= time_of_chunk(last_))
    return std::max(first, last_ + 1);
  // The clock went back: other records may be of this very time.
  auto rows = last_before_.query(first_chunk_at(time_ + std::chrono::milliseconds{1}));
  return rows.next() ? std::max(first, rows.number(0) + 1) : first;
}

std::optional<WallTime> ChunkLog::oldest_time() {
  auto rows = oldest_id_.query();
  return rows.next() ? std::optional(time_of_chunk(rows.number(0))) : std::nullopt;
}

std::optional<ChunkLog::Chunk> ChunkLog::oldest() {
  auto rows = oldest_.query();
  if (!rows.next())
    return std::nullopt;
  return Chunk{rows.number(0), static_cast<std::size_t>(rows.number(1)), std::string(rows.bytes(2))};
}

std::size_t ChunkLog::drop(WallTime before, std::size_t count, std::size_t keep, std::size_t limit, const Drop& drop) {
  flush();
  std::size_t dropped = 0;
  while (dropped < limit && !database_.failed()) {
    auto chunk = oldest();
    if (!chunk)
      break;
    auto left = count - dropped;
    auto beyond = left > keep ? left - keep : 0;
    auto due = time_of_chunk(chunk->id) < before ? chunk->count : std::min(beyond, chunk->count);
    if (due == 0)
      break;
    due = std::min(due, limit - dropped);
    shorten(*chunk, due, drop);
    dropped += due;
  }
  return dropped;
}

void ChunkLog::shorten(const Chunk& chunk, std::size_t dropped, const Drop& drop) {
  RecordReader in(chunk.records);
  for (std::size_t each = 0; each < dropped; ++each)
    drop(in);
  if (dropped == chunk.count)
    remove_.run(chunk.id);
  else
    shorten_.run(dropped, in.rest(), chunk.id);
}

} // namespace sluice
