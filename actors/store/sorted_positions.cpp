#include "actors/store/sorted_positions.hpp"

#include <algorithm>
#include <limits>

namespace sluice {

namespace {

constexpr std::size_t max_chunk = 512;

core::WaitPosition last_at(WallTime time) { return {time, std::numeric_limits<core::Sequence>::max()}; }

} // namespace

std::size_t SortedPositions::chunk_of(Position position) const {
  auto found =
      std::partition_point(chunks_.begin(), chunks_.end(), [&](const Chunk& chunk) { return chunk.back() < position; });
  auto index = static_cast<std::size_t>(found - chunks_.begin());
  return index == chunks_.size() && index > 0 ? index - 1 : index;
}

void SortedPositions::insert(Position position) {
  if (chunks_.empty()) {
    chunks_.push_back({position});
    size_ = 1;
    return;
  }
  auto index = chunk_of(position);
  auto& chunk = chunks_[index];
  auto at = std::lower_bound(chunk.begin(), chunk.end(), position);
  if (at != chunk.end() && *at == position)
    return;
  chunk.insert(at, position);
  ++size_;
  if (chunk.size() > max_chunk)
    split(index);
}

// At the end a chunk stays full, because what follows comes after it.
void SortedPositions::split(std::size_t index) {
  auto keep = index + 1 == chunks_.size() ? max_chunk : max_chunk / 2;
  auto& chunk = chunks_[index];
  Chunk rest(chunk.begin() + static_cast<std::ptrdiff_t>(keep), chunk.end());
  chunk.resize(keep);
  chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(index + 1), std::move(rest));
}

void SortedPositions::erase(Position position) {
  auto index = chunk_of(position);
  if (index == chunks_.size())
    return;
  auto& chunk = chunks_[index];
  auto at = std::lower_bound(chunk.begin(), chunk.end(), position);
  if (at == chunk.end() || *at != position)
    return;
  chunk.erase(at);
  --size_;
  if (chunk.empty())
    chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(index));
}

std::size_t SortedPositions::count(WallTime upto) const {
  auto last = last_at(upto);
  auto count = size_;
  for (auto chunk = chunks_.rbegin(); chunk != chunks_.rend(); ++chunk) {
    auto beyond = chunk->end() - std::upper_bound(chunk->begin(), chunk->end(), last);
    if (beyond == 0)
      break;
    count -= static_cast<std::size_t>(beyond);
  }
  return count;
}

std::size_t SortedPositions::count_before(Position position) const {
  if (chunks_.empty())
    return 0;
  auto index = chunk_of(position);
  const auto& chunk = chunks_[index];
  auto count = static_cast<std::size_t>(std::lower_bound(chunk.begin(), chunk.end(), position) - chunk.begin());
  for (std::size_t before = 0; before < index; ++before)
    count += chunks_[before].size();
  return count;
}

void SortedPositions::list(Position after, WallTime upto, std::size_t limit, std::vector<Position>& slice) const {
  auto last = last_at(upto);
  for (auto index = chunk_of(after); index < chunks_.size(); ++index) {
    const auto& chunk = chunks_[index];
    for (auto at = std::upper_bound(chunk.begin(), chunk.end(), after); at != chunk.end(); ++at) {
      if (slice.size() == limit || *at > last)
        return;
      slice.push_back(*at);
    }
  }
}

} // namespace sluice
