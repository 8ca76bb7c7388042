// The buckets that have state: one row per (limit, key, shard), found by hash.
//
// A million rows are a million cache misses, so a row with a key of up to 24 bytes is one
// cache line, in one array, with open addressing. Not thread-safe; one owner.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "actors/core/rate_limit_hash.hpp"
#include "sluice/rate_limit.hpp"

namespace sluice::core {

/// A limit's name as a small number.
using LimitNumber = std::uint32_t;

/// Which configuration wrote a row last: 0 is that of its limit's name, the others came with a call.
using ConfigNumber = std::uint8_t;
/// One that is not known.
inline constexpr ConfigNumber unknown_config = 255;

/// Names a row: `key` empty is the shared bucket, which is not the bucket of the key "".
struct RowId {
  LimitNumber limit = 0;
  std::optional<std::string_view> key;
  std::uint32_t shard = 0;
};

/// The key of a row, stored: inline if it is short.
class RowKey {
public:
  RowKey() = default;
  explicit RowKey(const RowId& id);
  RowKey(RowKey&& other) noexcept;
  RowKey& operator=(RowKey&& other) noexcept;
  ~RowKey();

  bool is(const RowId& id) const;
  RowId id() const; ///< Valid while this is.

  ConfigNumber writer() const { return writer_; }
  void set_writer(ConfigNumber writer) { writer_ = writer; }

private:
  static constexpr std::size_t inline_size = 24;
  static constexpr std::uint32_t shared = UINT32_MAX;

  const char* text() const;
  bool is_long() const { return size_ != shared && size_ > inline_size; }

  LimitNumber limit_ = 0;
  std::uint32_t shard_ : 24 = 0;
  std::uint32_t writer_ : 8 = 0; ///< No part of the name; here is room for it.
  std::uint32_t size_ = 0;
  char text_[inline_size] = {}; ///< The text, or a pointer to it.
};

class RateLimitTable {
public:
  explicit RateLimitTable(std::uint64_t hash_seed) : text_hash_(hash_seed) {}

  /// The state of a row, or null. Valid until the next `put` or `erase`.
  const LimitState* find(const RowId& id) const;
  void put(const RowId& id, const LimitState& state, ConfigNumber writer = 0);
  /// Starts to fetch what `find` will look at first.
  void prefetch(const RowId& id) const;
  /// Writes a row that `find` returned just now.
  void replace(const LimitState& found, const LimitState& state, ConfigNumber writer);
  ConfigNumber writer(const LimitState& found) const;
  bool erase(const RowId& id);
  void clear();

  std::size_t size() const noexcept { return size_; }
  /// How many rows a limit has.
  std::size_t rows_of(LimitNumber limit) const { return limit < rows_of_.size() ? rows_of_[limit] : 0; }
  /// Bytes that the array takes; long keys take their own beside it.
  std::size_t memory() const noexcept { return slots_.capacity() * sizeof(Slot); }

  /// Places of the array, some of them free: to walk through all rows, or a few at a time.
  std::size_t places() const noexcept { return slots_.size(); }
  struct Row {
    RowId id;
    const LimitState& state;
    ConfigNumber writer;
  };
  /// The row at a place, if there is one.
  std::optional<Row> at(std::size_t place) const;
  /// Removes the row at a place; another one may move there.
  void erase_at(std::size_t place);

private:
  struct alignas(64) Slot {
    LimitState state;
    std::uint32_t hash = 0; ///< 0 marks a free slot.
    RowKey key;
  };
  static_assert(sizeof(Slot) == 64 && std::is_standard_layout_v<Slot>);

  std::uint32_t hash(const RowId& id) const;
  std::size_t mask() const { return slots_.size() - 1; }
  /// Where the row is, or the free place where it would go. Precondition: not empty.
  std::size_t place_of(std::uint32_t hash, const RowId& id) const;
  void grow();
  void take_in(Slot&& slot);

  TextHash text_hash_;
  std::vector<Slot> slots_; ///< A power of two, at most three quarters full.
  std::size_t size_ = 0;
  std::vector<std::size_t> rows_of_; ///< By limit.
};

} // namespace sluice::core
