#include "actors/core/log_index.hpp"

#include <algorithm>
#include <limits>
#include <unordered_set>

namespace sluice::core {

namespace {

constexpr std::size_t block_size = 512;
constexpr auto no_slot = std::numeric_limits<std::uint32_t>::max();
constexpr auto last_ordinal = (std::uint32_t{1} << 24) - 1;

constexpr std::chrono::milliseconds millisecond{1};

LogPosition first_of(WallTime time) { return {time, 0}; }

} // namespace

LogPosition LogIndex::position(const Entry& entry) {
  return {WallTime{std::chrono::milliseconds{entry.ms}}, entry.ordinal};
}

LogIndex::Place LogIndex::lower_bound(LogPosition wanted) const {
  auto before = [&](const Entry& entry) { return position(entry) < wanted; };
  // What is written now is behind all but the last one.
  auto searched =
      blocks_.size() > 1 && before(std::prev(blocks_.end(), 2)->back()) ? std::prev(blocks_.end()) : blocks_.begin();
  auto block = std::partition_point(searched, blocks_.end(), [&](const Block& one) { return before(one.back()); });
  auto index = static_cast<std::size_t>(block - blocks_.begin());
  if (block == blocks_.end())
    return {index, 0};
  auto entry = std::partition_point(block->begin(), block->end(), before);
  return {index, static_cast<std::size_t>(entry - block->begin())};
}

std::uint32_t LogIndex::next_ordinal(WallTime time) const {
  if (time > last_.time)
    return 0;
  return time == last_.time ? last_.ordinal + 1 : ordinal_behind(time);
}

std::uint32_t LogIndex::ordinal_behind(WallTime time) const {
  auto [block, index] = lower_bound(first_of(time + millisecond));
  if (block == 0 && index == 0)
    return 0;
  auto before = position(index > 0 ? blocks_[block][index - 1] : blocks_[block - 1].back());
  return before.time == time ? before.ordinal + 1 : 0;
}

LogPosition LogIndex::add(const Event& event, const Find& find) {
  LogPosition position{event.time, next_ordinal(event.time) & last_ordinal};
  restore(position, event, find);
  return position;
}

void LogIndex::restore(LogPosition position, const Event& event, const Find& find) {
  last_ = std::max(last_, position);
  insert({position.time.time_since_epoch().count(), position.ordinal & last_ordinal,
          static_cast<std::uint8_t>(event.kind), slot_of(event.sequence, find)});
}

void LogIndex::insert(const Entry& entry) {
  ++size_;
  if (blocks_.empty() || position(blocks_.back().back()) < position(entry)) {
    if (blocks_.empty() || blocks_.back().size() >= block_size)
      blocks_.emplace_back().reserve(block_size);
    return blocks_.back().push_back(entry);
  }
  auto [at, index] = lower_bound(position(entry));
  auto& block = blocks_[at];
  block.insert(block.begin() + static_cast<std::ptrdiff_t>(index), entry);
  if (block.size() <= 2 * block_size)
    return;
  auto middle = block.begin() + block_size;
  Block rest(middle, block.end());
  block.erase(middle, block.end());
  blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(at + 1), std::move(rest));
}

std::uint32_t LogIndex::slot_of(Sequence sequence, const Find& find) {
  if (auto known = by_sequence_.find(sequence); known != by_sequence_.end()) {
    ++slots_[known->second].events;
    return known->second;
  }
  auto request = find(sequence);
  if (!request)
    return no_slot;
  auto slot = static_cast<std::uint32_t>(slots_.size());
  if (free_slots_.empty()) {
    slots_.emplace_back();
  } else {
    slot = free_slots_.front();
    free_slots_.pop_front();
  }
  slots_[slot] = {sequence, 1, Fingerprint(*request)};
  by_sequence_.emplace(sequence, slot);
  return slot;
}

void LogIndex::let_go(std::uint32_t slot) {
  if (slot == no_slot || --slots_[slot].events > 0)
    return;
  by_sequence_.erase(slots_[slot].sequence);
  free_slots_.push_back(slot);
}

std::optional<LogIndex::Candidate> LogIndex::oldest() const {
  if (blocks_.empty())
    return std::nullopt;
  const auto& entry = blocks_.front().front();
  return Candidate{position(entry), entry.slot == no_slot ? 0 : slots_[entry.slot].sequence};
}

void LogIndex::drop_oldest(std::size_t count) {
  while (count > 0 && !blocks_.empty()) {
    auto& block = blocks_.front();
    auto some = std::min(count, block.size());
    for (std::size_t each = 0; each < some; ++each)
      let_go(block[each].slot);
    block.erase(block.begin(), block.begin() + static_cast<std::ptrdiff_t>(some));
    if (block.empty())
      blocks_.pop_front();
    count -= some;
    size_ -= some;
  }
}

// --- search ------------------------------------------------------------------

struct LogIndex::Wanted {
  FingerprintFilter fields;
  std::uint32_t kinds; ///< A bit each.
  std::optional<std::unordered_set<std::uint32_t>> slots; ///< Empty: any.
  enum class Verdict : std::uint8_t { unknown, yes, no };
  std::vector<Verdict> verdicts; ///< Of the message in each slot: its events share it.
};

LogIndex::Wanted LogIndex::wanted(const LogFilter& filter) const {
  Wanted wanted{FingerprintFilter(filter), filter.kinds.empty() ? ~0u : 0, {}, {}};
  wanted.verdicts.resize(slots_.size());
  for (auto kind : filter.kinds)
    wanted.kinds |= 1u << static_cast<unsigned>(kind);
  if (filter.ids.empty())
    return wanted;
  wanted.slots.emplace();
  for (const auto& id : filter.ids)
    if (auto known = by_sequence_.find(id.sequence()); known != by_sequence_.end())
      wanted.slots->insert(known->second);
  return wanted;
}

bool LogIndex::may_match(const Entry& entry, Wanted& wanted) const {
  if ((wanted.kinds >> entry.kind & 1) == 0 || entry.slot == no_slot)
    return false;
  auto& verdict = wanted.verdicts[entry.slot];
  if (verdict == Wanted::Verdict::unknown) {
    bool may_match = (!wanted.slots || wanted.slots->contains(entry.slot)) &&
                     wanted.fields.may_match(slots_[entry.slot].fingerprint);
    verdict = may_match ? Wanted::Verdict::yes : Wanted::Verdict::no;
  }
  return verdict == Wanted::Verdict::yes;
}

// From the first place of the page that is to come, and up to its last, whatever the order.
std::pair<LogPosition, LogPosition> LogIndex::bounds(const LogQuery& query) {
  LogPosition low{query.filter.from.value_or(WallTime::min()), 0};
  LogPosition high{WallTime::max(), 0};
  if (query.filter.to && *query.filter.to < WallTime::max())
    high = first_of(*query.filter.to + millisecond);
  if (query.cursor && query.earliest_first)
    low = std::max(low, {query.cursor->time, query.cursor->ordinal + 1});
  else if (query.cursor)
    high = std::min(high, *query.cursor);
  return {low, high};
}

std::optional<LogPosition> LogIndex::search(const LogQuery& query, std::size_t steps, const Take& take) const {
  auto sought = wanted(query.filter);
  if (sought.slots && sought.slots->empty())
    return std::nullopt;
  auto [low, high] = bounds(query);
  auto from = lower_bound(low);
  auto to = lower_bound(high);
  const auto step = [&](const Entry& entry) {
    bool goes_on = !may_match(entry, sought) || take({position(entry), slots_[entry.slot].sequence});
    return goes_on && --steps > 0;
  };
  return query.earliest_first ? walk_up(from, to, step) : walk_down(from, to, step);
}

template <class Step>
std::optional<LogPosition> LogIndex::walk_up(Place at, Place end, Step step) const {
  for (; at < end; ++at.block, at.index = 0) {
    const auto& block = blocks_[at.block];
    auto last = at.block == end.block ? end.index : block.size();
    for (; at.index < last; ++at.index)
      if (!step(block[at.index]))
        return position(block[at.index]);
  }
  return std::nullopt;
}

template <class Step>
std::optional<LogPosition> LogIndex::walk_down(Place begin, Place at, Step step) const {
  while (begin < at) {
    if (at.index == 0) {
      at.index = blocks_[--at.block].size();
      continue;
    }
    const auto& entry = blocks_[at.block][--at.index];
    if (!step(entry))
      return position(entry);
  }
  return std::nullopt;
}

} // namespace sluice::core
