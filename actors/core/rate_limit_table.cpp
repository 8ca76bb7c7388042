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

RowId RowKey::id() const {
  RowId id{limit_, std::nullopt, shard_};
  if (size_ != shared)
    id.key.emplace(text(), size_);
  return id;
}

const LimitState* RateLimitTable::find(const RowId& id) const { return find(id, hash(id)); }

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
  slots_ = Slots();
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
  auto old = std::exchange(slots_, Slots(slots_.empty() ? 8 : slots_.size() * 2));
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
