#include "actors/store/limit_reader.hpp"

#include <limits>

#include "actors/store/store_reader.hpp"

namespace sluice {

LimitReader::LimitReader(Database& database, StoreReader& reader)
    : reader_(reader),
      bucket_(database, "SELECT id, record FROM limit_rows WHERE id BETWEEN ? AND ? ORDER BY id"),
      rows_(database, "SELECT id, record FROM limit_rows WHERE id > ? ORDER BY id LIMIT ?"),
      definitions_(database, "SELECT name, record FROM limits"),
      reservations_(database, "SELECT id, record FROM reservations ORDER BY id"),
      last_time_(database, "SELECT limit_time FROM header") {}

std::vector<LimitRow> LimitReader::take(Statement::Rows rows) {
  std::vector<LimitRow> found;
  while (rows.next()) {
    if (auto row = decode_limit_row(rows.bytes(0), rows.bytes(1)))
      found.push_back(*std::move(row));
    else
      reader_.unreadable("a bucket of a rate limit");
  }
  return found;
}

std::vector<LimitRow> LimitReader::bucket(std::string_view name, std::optional<std::string_view> key) {
  StoreReader::Reading reading(reader_);
  RecordWriter first;
  RecordWriter last;
  encode_row_id(first, name, key, 0);
  encode_row_id(last, name, key, std::numeric_limits<std::uint32_t>::max());
  return take(bucket_.query(first.bytes(), last.bytes()));
}

std::vector<LimitRow> LimitReader::rows_after(const LimitRow* after, std::size_t limit) {
  StoreReader::Reading reading(reader_);
  RecordWriter id;
  if (after)
    encode_row_id(id, after->name, after->key, after->shard);
  return take(rows_.query(id.bytes(), limit));
}

LimitDefinitions LimitReader::definitions() {
  StoreReader::Reading reading(reader_);
  LimitDefinitions found;
  auto rows = definitions_.query();
  while (rows.next()) {
    if (auto definition = decode_limit_definition(rows.bytes(1)))
      found.emplace(rows.bytes(0), *definition);
    else
      reader_.unreadable("the rate limit " + std::string(rows.bytes(0)));
  }
  return found;
}

std::vector<core::ReservationChange> LimitReader::reservations() {
  StoreReader::Reading reading(reader_);
  std::vector<core::ReservationChange> found;
  auto rows = reservations_.query();
  while (rows.next()) {
    const auto id = static_cast<ReservationId>(rows.number(0));
    if (auto reservation = decode_reservation(rows.bytes(1)))
      found.push_back({id, *std::move(reservation)});
    else
      reader_.unreadable("the reservation " + std::to_string(rows.number(0)));
  }
  return found;
}

WallTime LimitReader::last_time() {
  StoreReader::Reading reading(reader_);
  auto rows = last_time_.query();
  return rows.next() ? rows.time(0) : WallTime{};
}

} // namespace sluice
