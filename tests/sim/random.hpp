// Chance, all of it from one seed.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "sluice/time.hpp"

namespace sluice::sim {

class Random {
public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// 0 … n - 1.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }
  /// `low` … `high`.
  int between(int low, int high) { return low + static_cast<int>(below(static_cast<std::size_t>(high - low) + 1)); }
  /// Whole milliseconds, `low` … `high`.
  Duration between(std::chrono::milliseconds low, std::chrono::milliseconds high) {
    return std::chrono::milliseconds{between(static_cast<int>(low.count()), static_cast<int>(high.count()))};
  }
  bool chance(int percent) { return between(1, 100) <= percent; }
  template <class T>
  const T& pick(const std::vector<T>& all) {
    return all[below(all.size())];
  }

private:
  std::mt19937_64 engine_;
};

} // namespace sluice::sim
