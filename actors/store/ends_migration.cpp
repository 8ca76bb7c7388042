#include "actors/store/ends_migration.hpp"

#include <limits>

#include "actors/store/record_codec.hpp"

namespace sluice {

namespace {

// As version 6 wrote it, and before sizes were told.
Ended decode_old_end(RecordReader& in) {
  constexpr std::uint8_t is_failed = 1;
  constexpr std::uint8_t has_bytes = 2;
  Ended ended;
  auto flags = in.byte();
  if (flags > (is_failed | has_bytes))
    in.fail();
  ended.state = flags & is_failed ? MessageRow::State::failed : MessageRow::State::delivered;
  ended.sequence = in.unsigned_number();
  if (flags & has_bytes)
    ended.bytes = in.unsigned_number();
  return ended;
}

class Completion {
public:
  explicit Completion(Database& database)
      : database_(database),
        next_(database, "SELECT id, records FROM finished WHERE id > ? ORDER BY id LIMIT 1"),
        message_(database, "SELECT state, attempts FROM messages WHERE sequence = ?"),
        write_(database, "UPDATE finished SET records = ?2 WHERE id = ?1") {}

  void run() {
    auto last = std::numeric_limits<std::int64_t>::min();
    while (complete_next(last)) {
    }
  }

private:
  bool complete_next(std::int64_t& last) {
    RecordWriter out;
    {
      auto rows = next_.query(last);
      if (!rows.next())
        return false;
      last = rows.number(0);
      RecordReader in(rows.bytes(1));
      while (!in.empty() && !in.failed())
        encode(out, completed(decode_old_end(in)));
      if (in.failed())
        return database_.fail_as_corrupt("the end of a message cannot be read");
    }
    return write_.run(last, out.bytes());
  }

  Ended completed(Ended ended) {
    auto rows = message_.query(ended.sequence);
    if (rows.next()) {
      ended.state = static_cast<MessageRow::State>(rows.number(0));
      ended.attempts = static_cast<int>(rows.number(1));
    }
    return ended;
  }

  Database& database_;
  Statement next_;
  Statement message_;
  Statement write_;
};

} // namespace

void complete_ends(Database& database) { Completion(database).run(); }

} // namespace sluice
