// How the messages ended that are still kept.
//
// The tables tell it in a log of ends, many to a row, so that an end writes no row of its own; by message it is found
// here. 24 bytes for each of them as long as they ended in about the order in which they were accepted. For the
// owner's thread.
#pragma once

#include <array>
#include <map>
#include <vector>

#include "actors/store/store.hpp"

namespace sluice {

class Database;

class EndedMessages {
public:
  struct End {
    WallTime time{};
    int attempts = 0;
    MessageRow::State state = MessageRow::State::pending;
  };

  /// Reads the log of ends; what fails is told by `database`.
  void load(Database& database);
  /// Takes a committed change in.
  void apply(const Change& change);
  /// Retention has dropped these.
  void forget(const std::vector<Sequence>& dropped);

  /// Null for a message that is pending, or unknown.
  const End* find(Sequence sequence) const;

private:
  static constexpr std::size_t page_size = 8;
  /// Of messages accepted one after the other; those that have not ended are `pending` in it.
  struct Page {
    std::array<End, page_size> ends{};
    std::size_t count = 0;
  };

  void insert(Sequence sequence, const End& end);
  void erase(Sequence sequence);

  std::map<Sequence, Page> pages_; ///< None is empty.
};

} // namespace sluice
