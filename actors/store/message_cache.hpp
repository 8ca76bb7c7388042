// Pending messages in memory, so that the way from acceptance to delivery needs no read.
//
// Bounded by bytes: the oldest entries make room for new ones. For the owner's thread.
#pragma once

#include <list>
#include <unordered_map>

#include "actors/store/store.hpp"

namespace sluice {

class MessageCache {
public:
  explicit MessageCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// A pending message, as a change or a read brought it.
  void insert(const MessageRow& row);
  /// Null if it is not here.
  const MessageRow* find(Sequence sequence) const;
  /// Keeps what is here as `change` leaves it.
  void apply(const Change& change);
  /// Drops the oldest beyond the bound. Not done by the others, so that a group finds whatever it put here.
  void trim();

private:
  struct Entry {
    MessageRow row;
    std::size_t bytes;
  };
  using Entries = std::list<Entry>;

  MessageRow* edit(Sequence sequence);
  void erase(Sequence sequence);
  void erase(Entries::iterator entry);

  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  Entries entries_; ///< The oldest first.
  std::unordered_map<Sequence, Entries::iterator> by_sequence_;
};

} // namespace sluice
