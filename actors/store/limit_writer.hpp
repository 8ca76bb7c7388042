// Writes the rate limits of a group. For the writer's thread.
//
// A bucket may be written many times in one group; only its last state reaches the tables, and
// the rows of a group come in the order in which they lie there.
#pragma once

#include <map>

#include "actors/store/database.hpp"
#include "actors/store/limit_codec.hpp"
#include "actors/store/limit_tables.hpp"

namespace sluice {

class LimitWriter {
public:
  explicit LimitWriter(Database& database);

  void apply(const SaveLimitRows& change);
  void apply(const PutLimitDefinition& change);
  void apply(const DropLimitDefinition& change);
  void apply(const SaveReservation& change);
  /// Writes the rows of the group.
  void flush();
  /// Forgets them.
  void discard() { rows_.clear(); }

private:
  using Row = std::pair<const std::string, std::optional<std::string>>;

  void put(const std::vector<const Row*>& rows);

  Statement put_one_;
  Statement put_many_;
  Statement drop_;
  Statement put_definition_;
  Statement drop_definition_;
  Statement put_reservation_;
  Statement drop_reservation_;
  std::map<std::string, std::optional<std::string>> rows_; ///< Of the group, by id; empty ones are removed.
  RecordWriter id_; ///< Kept for its memory, as the next one.
  RecordWriter record_;
};

} // namespace sluice
