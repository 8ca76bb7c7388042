#include "actors/core/rate_limit_table.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice::core {

RowKey::RowKey(const RowId& id)
    : limit_(id.limit), shard_(id.shard), size_(id.key ? static_cast<std::uint32_t>(id.key->size()) : shared) {
  if (!id.key || id.key->empty())
    return;
  if (!is_long()) {
    std::memcpy(text_, id.key->data(), id.key->size());
    return;
  }
  auto* text = new char[id.key->size()];
  std::memcpy(text, id.key->data(), id.key->size());
  std::memcpy(text_, &text, sizeof(text));
}

RowKey::RowKey(RowKey&& other) noexcept
    : limit_(other.limit_), shard_(other.shard_), writer_(other.writer_), size_(other.size_) {
  std::memcpy(text_, other.text_, inline_size);
  other.size_ = 0;
}

RowKey& RowKey::operator=(RowKey&& other) noexcept {
  limit_ = other.limit_;
  shard_ = other.shard_;
  writer_ = other.writer_;
  // With its text the other one lets go of what this one had.
  std::swap(size_, other.size_);
  std::swap(text_, other.text_);
  return *this;
}

RowKey::~RowKey() {
  if (is_long())
    delete[] text();
}

const char* RowKey::text() const {
  if (!is_long())
    return text_;
  const char* text = nullptr;
  std::memcpy(&text, text_, sizeof(text));
  return text;
}

bool RowKey::is(const RowId& id) const {
  if (limit_ != id.limit || shard_ != id.shard)
    return false;
  if (!id.key || size_ == shared)
    return !id.key && size_ == shared;
  return is_same_text(*id.key, {text(), size_});
}

RowId RowKey::id() const {
  RowId id{limit_, std::nullopt, shard_};
  if (size_ != shared)
    id.key.emplace(text(), size_);
  return id;
}

std::uint32_t RateLimitTable::hash(const RowId& id) const {
  std::uint64_t sum = id.key ? text_hash_(*id.key) : 0;
  sum += (std::uint64_t{id.limit} << 32 | id.shard) * 0x9e3779b97f4a7c15u;
  const auto folded = static_cast<std::uint32_t>(sum ^ (sum >> 32));
  return folded == 0 ? 1 : folded;
}

std::size_t RateLimitTable::place_of(std::uint32_t hash, const RowId& id) const {
  auto place = hash & mask();
  while (slots_[place].hash != 0 && (slots_[place].hash != hash || !slots_[place].key.is(id)))
    place = (place + 1) & mask();
  return place;
}

const LimitState* RateLimitTable::find(const RowId& id) const {
  if (size_ == 0)
    return nullptr;
  const auto& slot = slots_[place_of(hash(id), id)];
  return slot.hash == 0 ? nullptr : &slot.state;
}

void RateLimitTable::prefetch(const RowId& id) const {
  if (size_ > 0)
    __builtin_prefetch(&slots_[hash(id) & mask()]);
}

void RateLimitTable::put(const RowId& id, const LimitState& state, ConfigNumber writer) {
  if ((size_ + 1) * 4 > slots_.size() * 3)
    grow();
  const auto code = hash(id);
  auto& slot = slots_[place_of(code, id)];
  if (slot.hash == 0) {
    slot.hash = code;
    slot.key = RowKey(id);
    ++size_;
    rows_of_.resize(std::max<std::size_t>(rows_of_.size(), id.limit + 1));
    ++rows_of_[id.limit];
  }
  slot.state = state;
  slot.key.set_writer(writer);
}

// A state lies at the beginning of its slot.
ConfigNumber RateLimitTable::writer(const LimitState& found) const {
  return reinterpret_cast<const Slot&>(found).key.writer();
}

void RateLimitTable::replace(const LimitState& found, const LimitState& state, ConfigNumber writer) {
  // Of this table, which is not const here.
  auto& slot = const_cast<Slot&>(reinterpret_cast<const Slot&>(found));
  slot.state = state;
  slot.key.set_writer(writer);
}

bool RateLimitTable::erase(const RowId& id) {
  if (size_ == 0)
    return false;
  const auto place = place_of(hash(id), id);
  if (slots_[place].hash == 0)
    return false;
  erase_at(place);
  return true;
}

void RateLimitTable::clear() {
  slots_ = std::vector<Slot>();
  size_ = 0;
  rows_of_.clear();
}

std::optional<RateLimitTable::Row> RateLimitTable::at(std::size_t place) const {
  const auto& slot = slots_[place];
  if (slot.hash == 0)
    return std::nullopt;
  return Row{slot.key.id(), slot.state, slot.key.writer()};
}

// Moves the rows behind up, so that no search ends early at the gap.
void RateLimitTable::erase_at(std::size_t place) {
  --rows_of_[slots_[place].key.id().limit];
  for (auto next = (place + 1) & mask(); slots_[next].hash != 0; next = (next + 1) & mask()) {
    const auto wanted = slots_[next].hash & mask();
    if (((next - wanted) & mask()) < ((next - place) & mask()))
      continue;
    slots_[place] = std::move(slots_[next]);
    place = next;
  }
  slots_[place] = Slot{};
  --size_;
}

void RateLimitTable::grow() {
  auto old = std::exchange(slots_, std::vector<Slot>(slots_.empty() ? 8 : slots_.size() * 2));
  for (auto& slot : old) {
    if (slot.hash != 0)
      take_in(std::move(slot));
  }
}

void RateLimitTable::take_in(Slot&& slot) {
  auto place = slot.hash & mask();
  while (slots_[place].hash != 0)
    place = (place + 1) & mask();
  slots_[place] = std::move(slot);
}

} // namespace sluice::core
