// What rows were before a transaction touched them: to undo it, to read the state from
// before it, and to tell what it changed.
#pragma once

#include <vector>

#include "actors/core/rate_limit_table.hpp"

namespace sluice::core {

class RateLimitJournal {
public:
  struct Entry {
    RowKey key; ///< With the writer from before.
    std::optional<LimitState> before; ///< Empty if there was no row.
  };

  /// Transactions nest; nothing is noted while none is open.
  void open() { ++open_; }
  /// Forgets everything when the outermost one ends.
  void close();
  bool is_open() const noexcept { return open_ > 0; }

  void note(const RowId& id, const LimitState* before, ConfigNumber writer);
  std::size_t size() const noexcept { return entries_.size(); }
  const Entry& operator[](std::size_t index) const { return entries_[index]; }
  /// Puts everything back that was noted after the first `size` entries, the last first.
  void undo(std::size_t size, RateLimitTable& table);

  /// The oldest entry of a row from the `from`-th on, or null.
  const Entry* find(const RowId& id, std::size_t from = 0) const;

private:
  std::size_t open_ = 0;
  std::vector<Entry> entries_;
};

/// The rows that a decision reads: as they are, or, for limits that are updated
/// asynchronously, as they were before the transaction (spec §8).
struct RowSource {
  const RateLimitTable& table;
  const RateLimitJournal* before = nullptr;

  const LimitState* find(const RowId& id) const;
};

} // namespace sluice::core
