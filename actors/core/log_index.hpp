// The events of the log in order, small in memory: sixteen bytes an event, and about a hundred a message.
//
// It tells which events a filter may select, and where they are; what they say is kept elsewhere. Not thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/core/fingerprint.hpp"
#include "sluice/log_query.hpp"

namespace sluice::core {

class LogIndex {
public:
  using Sequence = std::uint64_t;
  /// Tells the message of an event; null if it is gone: then no search finds the event.
  using Find = std::function<const PublishRequest*(Sequence)>;

  /// Adds an event behind those of its time, and tells its place; `find` is asked unless an event of that message is
  /// here. Ordinals of one millisecond are not used again while nothing later was added.
  LogPosition add(const Event& event, const Find& find);
  /// The same for an event whose place is known: one that was read back.
  void restore(LogPosition position, const Event& event, const Find& find);
  struct Candidate {
    LogPosition position;
    Sequence sequence; ///< 0: no search finds the event.
  };
  std::optional<Candidate> oldest() const;
  std::size_t size() const noexcept { return size_; }
  /// Takes out the oldest `count`, or all if there are not so many.
  void drop_oldest(std::size_t count);

  /// Takes a candidate; false ends the search.
  using Take = std::function<bool(const Candidate&)>;
  /// Looks at no more than `steps` events of the page that `query` begins, in its order, and hands those to `take`
  /// that may match. Returns where to go on, which is a cursor; empty at the end.
  std::optional<LogPosition> search(const LogQuery& query, std::size_t steps, const Take& take) const;

private:
  struct Entry {
    std::int64_t ms;
    std::uint32_t ordinal : 24;
    std::uint32_t kind : 8;
    std::uint32_t slot; ///< Of its message.
  };
  struct Slot {
    Sequence sequence;
    std::size_t events = 0; ///< 0: free.
    Fingerprint fingerprint;
  };
  using Block = std::vector<Entry>;
  /// Where an entry is, or would be.
  struct Place {
    std::size_t block;
    std::size_t index;

    auto operator<=>(const Place&) const = default;
  };
  struct Wanted;

  static LogPosition position(const Entry& entry);
  Place lower_bound(LogPosition position) const;
  std::uint32_t next_ordinal(WallTime time) const;
  std::uint32_t ordinal_behind(WallTime time) const;
  void insert(const Entry& entry);
  Wanted wanted(const LogFilter& filter) const;
  bool may_match(const Entry& entry, Wanted& wanted) const;
  std::uint32_t slot_of(Sequence sequence, const Find& find);
  void let_go(std::uint32_t slot);
  static std::pair<LogPosition, LogPosition> bounds(const LogQuery& query);
  template <class Step>
  std::optional<LogPosition> walk_up(Place at, Place end, Step step) const;
  template <class Step>
  std::optional<LogPosition> walk_down(Place begin, Place at, Step step) const;

  std::deque<Block> blocks_; ///< In order; none is empty.
  std::size_t size_ = 0;
  LogPosition last_{WallTime::min(), 0}; ///< The greatest that there ever was.
  std::deque<Slot> slots_;
  std::deque<std::uint32_t> free_slots_;
  std::unordered_map<Sequence, std::uint32_t> by_sequence_;
};

} // namespace sluice::core
