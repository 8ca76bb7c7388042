// The buckets that have state: one row per (limit, key, shard), found by hash.
//
// A million rows are a million cache misses, so a row with a key of up to 24 bytes is one
// cache line, in one array, with open addressing. A byte of each hash lies in an array beside it,
// small enough for the cache: a search reads a row only if it is the right one. Not thread-safe; one owner.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "actors/core/huge_pages.hpp"
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

/// Of a row's id, by one table.
using RowHash = std::uint32_t;

/// Where a row was when somebody looked; for who looks again.
struct RowHint {
  RowHash hash = 0;
  std::uint32_t place = 0;
};

/// The key of a row, stored: inline if it is short.
class RowKey {
public:
  RowKey() = default;
  explicit RowKey(const RowId& id);
  RowKey(RowKey&& other) noexcept;
  RowKey& operator=(RowKey&& other) noexcept;
  ~RowKey();

  bool is(const RowId& id) const {
    if (limit_ != id.limit || shard_ != id.shard)
      return false;
    if (!id.key || size_ == shared)
      return !id.key && size_ == shared;
    return is_same_text(*id.key, {text(), size_});
  }
  RowId id() const; ///< Valid while this is.

  /// Whether a text lies in its row.
  static bool is_inline(std::string_view text) { return text.size() <= inline_size; }
  void prefetch_text() const;

  ConfigNumber writer() const { return writer_; }
  void set_writer(ConfigNumber writer) { writer_ = writer; }

private:
  static constexpr std::size_t inline_size = 24;
  static constexpr std::uint32_t shared = UINT32_MAX;

  const char* text() const {
    if (!is_long())
      return text_;
    const char* text = nullptr;
    std::memcpy(&text, text_, sizeof(text));
    return text;
  }
  bool is_long() const { return size_ != shared && size_ > inline_size; }

  static constexpr LimitNumber none = UINT32_MAX; ///< No row that is looked for has it: a free place is none.

  LimitNumber limit_ = none;
  std::uint32_t shard_ : 24 = 0;
  std::uint32_t writer_ : 8 = 0; ///< No part of the name; here is room for it.
  std::uint32_t size_ = 0;
  char text_[inline_size] = {}; ///< The text, or a pointer to it.
};

class RateLimitTable {
public:
  explicit RateLimitTable(std::uint64_t hash_seed) : text_hash_(hash_seed) {}

  RowHash hash(const RowId& id) const {
    std::uint64_t sum = id.key ? text_hash_(*id.key) : 0;
    sum += (std::uint64_t{id.limit} << 32 | id.shard) * 0x9e3779b97f4a7c15u;
    return static_cast<RowHash>(sum ^ (sum >> 32));
  }

  /// The state of a row, or null. Valid until the next `put` or `erase`.
  const LimitState* find(const RowId& id) const;
  const LimitState* find(const RowId& id, RowHash hash) const {
    if (size_ == 0)
      return nullptr;
    const auto place = place_of(hash, id);
    return is_free(place) ? nullptr : &slots_[place].state;
  }
  const LimitState* find(const RowId& id, const RowHint& hint) const {
    if (size_ == 0)
      return nullptr;
    const auto& slot = slots_[hint.place];
    return slot.hash == hint.hash && slot.key.is(id) ? &slot.state : find(id, hint.hash);
  }
  void put(const RowId& id, const LimitState& state, ConfigNumber writer = 0);
  /// Starts to fetch what `find` will look at. Not inline: g++ 12 takes an inline function that only prefetches for
  /// one that does nothing.
  RowHint prefetch(RowHash hash) const;
  /// The same for the text of a key that is not in its row; reads the row.
  void prefetch_text(const RowHint& hint) const;
  /// Writes a row that `find` returned just now.
  void replace(const LimitState& found, const LimitState& state, ConfigNumber writer) {
    // Of this table, which is not const here.
    auto& slot = const_cast<Slot&>(reinterpret_cast<const Slot&>(found));
    slot.state = state;
    slot.key.set_writer(writer);
  }
  ConfigNumber writer(const LimitState& found) const;
  bool erase(const RowId& id);
  void clear();

  std::size_t size() const noexcept { return size_; }
  /// How many rows a limit has.
  std::size_t rows_of(LimitNumber limit) const { return limit < rows_of_.size() ? rows_of_[limit] : 0; }
  /// Bytes that the arrays take; long keys take their own beside it.
  std::size_t memory() const noexcept { return slots_.size() * (sizeof(Slot) + sizeof(std::uint8_t)); }

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
    RowHash hash = 0;
    RowKey key;
  };
  static_assert(sizeof(Slot) == 64 && std::is_standard_layout_v<Slot>);

  using Slots = std::vector<Slot, HugePageAllocator<Slot>>;

  std::size_t mask() const { return slots_.size() - 1; }
  bool is_free(std::size_t place) const { return tags_[place] == 0; }
  /// Never 0, which marks a free place. The lower bits of the hash are in the place already.
  static std::uint8_t tag_of(RowHash hash) { return static_cast<std::uint8_t>(hash >> 24 | 1); }
  /// The first place with this tag that `is_right`, or the free one behind. Precondition: not empty.
  template <class IsRight>
  std::size_t place_of(RowHash hash, IsRight is_right) const {
    const auto tag = tag_of(hash);
    auto place = hash & mask();
    while (!is_free(place) && (tags_[place] != tag || !is_right(slots_[place])))
      place = (place + 1) & mask();
    return place;
  }
  /// Where the row is, or the free place where it would go.
  std::size_t place_of(RowHash hash, const RowId& id) const {
    return place_of(hash, [&](const Slot& slot) { return slot.hash == hash && slot.key.is(id); });
  }
  void grow();
  void take_in(Slot&& slot);

  TextHash text_hash_;
  Slots slots_; ///< A power of two, at most three quarters full.
  std::vector<std::uint8_t> tags_; ///< Of the slots; 0 is a free one.
  std::size_t size_ = 0;
  std::vector<std::size_t> rows_of_; ///< By limit.
};

} // namespace sluice::core
