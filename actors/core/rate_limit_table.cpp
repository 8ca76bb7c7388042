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

void RowKey::prefetch_text() const {
  if (!is_long())
    return;
  __builtin_prefetch(text());
  __builtin_prefetch(text() + size_ - 1);
}

const LimitState* RateLimitTable::find(const RowId& id) const { return find(id, hash(id)); }

RowHint RateLimitTable::prefetch(RowHash hash) const {
  if (size_ == 0)
    return {hash};
  const auto place = place_of(hash, [](const Slot&) { return true; });
  __builtin_prefetch(&slots_[place], 1);
  return {hash, static_cast<std::uint32_t>(place)};
}

void RateLimitTable::prefetch_text(const RowHint& hint) const {
  if (size_ > 0)
    slots_[hint.place].key.prefetch_text();
}

void RateLimitTable::put(const RowId& id, const LimitState& state, ConfigNumber writer) {
  if ((size_ + 1) * 4 > slots_.size() * 3)
    grow();
  const auto code = hash(id);
  const auto place = place_of(code, id);
  auto& slot = slots_[place];
  if (is_free(place)) {
    slot.key = RowKey(id);
    slot.hash = code;
    tags_[place] = tag_of(code);
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
  if (is_free(place))
    return false;
  erase_at(place);
  return true;
}

void RateLimitTable::clear() {
  slots_ = Slots();
  tags_.clear();
  size_ = 0;
  rows_of_.clear();
}

std::optional<RateLimitTable::Row> RateLimitTable::at(std::size_t place) const {
  if (is_free(place))
    return std::nullopt;
  const auto& slot = slots_[place];
  return Row{slot.key.id(), slot.state, slot.key.writer()};
}

// Moves the rows behind up, so that no search ends early at the gap.
void RateLimitTable::erase_at(std::size_t place) {
  --rows_of_[slots_[place].key.id().limit];
  for (auto next = (place + 1) & mask(); !is_free(next); next = (next + 1) & mask()) {
    const auto wanted = slots_[next].hash & mask();
    if (((next - wanted) & mask()) < ((next - place) & mask()))
      continue;
    slots_[place] = std::move(slots_[next]);
    tags_[place] = tags_[next];
    place = next;
  }
  slots_[place] = Slot{};
  tags_[place] = 0;
  --size_;
}

void RateLimitTable::grow() {
  const auto places = slots_.empty() ? 8 : slots_.size() * 2;
  std::vector<std::uint8_t> tags(places);
  auto old = std::exchange(slots_, Slots(places));
  tags_.swap(tags);
  for (std::size_t place = 0; place < old.size(); ++place) {
    if (tags[place] != 0)
      take_in(std::move(old[place]));
  }
}

void RateLimitTable::take_in(Slot&& slot) {
  auto place = slot.hash & mask();
  while (!is_free(place))
    place = (place + 1) & mask();
  tags_[place] = tag_of(slot.hash);
  slots_[place] = std::move(slot);
}

} // namespace sluice::core
