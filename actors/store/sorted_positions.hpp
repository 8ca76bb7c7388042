// A waitlist in order, small in memory: sixteen bytes a place and little more.
//
// Places lie in sorted chunks; joining at the end and leaving at the head, as most do, move little.
#pragma once

#include <cstddef>
#include <vector>

#include "actors/core/flow_controller.hpp"

namespace sluice {

class SortedPositions {
public:
  using Position = core::WaitPosition;

  /// A place that is there already is not added again.
  void insert(Position position);
  /// One that is not there is no error.
  void erase(Position position);

  bool empty() const { return size_ == 0; }
  /// How many there are up to `upto`. Quick if that is most of them.
  std::size_t count(WallTime upto) const;
  /// How many there are before `position`; looks at a chunk in five hundred places at most.
  std::size_t count_before(Position position) const;
  /// Appends to `slice` what comes after `after`, up to `upto`, until `slice` has `limit` places.
  void list(Position after, WallTime upto, std::size_t limit, std::vector<Position>& slice) const;

private:
  using Chunk = std::vector<Position>;
  using Chunks = std::vector<Chunk>;

  /// The chunk in which `position` is, or would be; the last one for what comes after all.
  std::size_t chunk_of(Position position) const;
  void split(std::size_t chunk);

  Chunks chunks_; ///< None is empty.
  std::size_t size_ = 0;
};

} // namespace sluice
