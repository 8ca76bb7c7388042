// A log of small records in the order of their times, many to a row of the durable store.
//
// One row holds what came in one millisecond of one group, so a busy store writes a row for
// dozens of records and a quiet one a row for each. Records of one millisecond are numbered; a
// row's number is its time and the ordinal of its first record. For the writer's thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "actors/store/database.hpp"
#include "actors/store/record_bytes.hpp"

namespace sluice {

/// Between rows' numbers and times. Times beyond the year 2248 count as that year.
std::int64_t first_chunk_at(WallTime time);
WallTime time_of_chunk(std::int64_t id);
/// The ordinal of a row's first record within its millisecond.
std::uint32_t ordinal_of_chunk(std::int64_t id);

class ChunkLog {
public:
  /// Passes one record of `in`; called for each one that is dropped.
  using Drop = std::function<void(RecordReader& in)>;

  ChunkLog(Database& database, const std::string& table);

  /// Where to write the next record, which is of `time`. It is in the store after `flush` at the latest.
  RecordWriter& append(WallTime time);
  void flush();
  /// What was flushed is there to stay.
  void committed() { committed_last_ = last_; }
  /// Forgets what came since `committed`: its transaction did not come about.
  void discard();
  /// The time of the oldest record that was flushed; empty if there is none.
  std::optional<WallTime> oldest_time();

  /// Drops records of before `before`, and the oldest beyond `keep` of the `count` that there
  /// are; at most `limit`. Returns how many that were.
  std::size_t drop(WallTime before, std::size_t count, std::size_t keep, std::size_t limit, const Drop& drop);

private:
  struct Chunk {
    std::int64_t id;
    std::size_t count;
    std::string records;
  };

  std::int64_t next_id();
  std::optional<Chunk> oldest();
  void shorten(const Chunk& chunk, std::size_t dropped, const Drop& drop);

  Database& database_;
  Statement insert_;
  Statement last_before_;
  Statement oldest_;
  Statement oldest_id_;
  Statement shorten_;
  Statement remove_;
  WallTime time_{};
  std::int64_t last_; ///< The place of the greatest record that there ever was.
  std::int64_t committed_last_;
  std::size_t count_ = 0;
  RecordWriter records_;
};

} // namespace sluice
