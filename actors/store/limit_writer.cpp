#include "actors/store/limit_writer.hpp"

#include <array>
#include <utility>

namespace sluice {

namespace {

constexpr std::size_t many = 32;

std::string insert_of(std::size_t rows) {
  std::string sql = "INSERT OR REPLACE INTO limit_rows VALUES (?, ?)";
  for (std::size_t i = 1; i < rows; ++i)
    sql += ", (?, ?)";
  return sql;
}

template <class Rows, std::size_t... Index>
void run(Statement& statement, const Rows& rows, std::size_t from, std::index_sequence<Index...>) {
  // Id and record in turns.
  auto value = [&](std::size_t index) {
    const auto& row = *rows[from + index / 2];
    return Value(index % 2 == 0 ? row.first : *row.second);
  };
  statement.run(value(Index)...);
}

} // namespace

LimitWriter::LimitWriter(Database& database)
    : put_one_(database, insert_of(1)),
      put_many_(database, insert_of(many)),
      drop_(database, "DELETE FROM limit_rows WHERE id = ?"),
      put_definition_(database, "INSERT OR REPLACE INTO limits VALUES (?, ?)"),
      drop_definition_(database, "DELETE FROM limits WHERE name = ?"),
      put_reservation_(database, "INSERT OR REPLACE INTO reservations VALUES (?, ?)"),
      drop_reservation_(database, "DELETE FROM reservations WHERE id = ?") {}

void LimitWriter::apply(const SaveLimitRows& change) {
  for (const auto& [row, removed] : change.rows) {
    encode_row_id(id_, row.name, row.key, row.shard);
    auto& stored = rows_[id_.bytes()];
    stored.reset();
    if (removed)
      continue;
    encode(record_, row);
    stored = record_.bytes();
  }
}

void LimitWriter::apply(const PutLimitDefinition& change) {
  encode(record_, change.definition);
  put_definition_.run(change.name, record_.bytes());
}

void LimitWriter::apply(const DropLimitDefinition& change) { drop_definition_.run(change.name); }

void LimitWriter::apply(const SaveReservation& save) {
  const auto& [id, reservation] = save.change;
  if (reservation) {
    encode(record_, *reservation);
    put_reservation_.run(static_cast<std::uint64_t>(id), record_.bytes());
  } else {
    drop_reservation_.run(static_cast<std::uint64_t>(id));
  }
}

void LimitWriter::flush() {
  std::vector<const Row*> puts;
  for (const auto& row : rows_) {
    if (row.second)
      puts.push_back(&row);
    else
      drop_.run(row.first);
  }
  put(puts);
  rows_.clear();
}

void LimitWriter::put(const std::vector<const Row*>& rows) {
  std::size_t at = 0;
  for (; at + many <= rows.size(); at += many)
    run(put_many_, rows, at, std::make_index_sequence<2 * many>{});
  for (; at < rows.size(); ++at)
    run(put_one_, rows, at, std::make_index_sequence<2>{});
}

} // namespace sluice
