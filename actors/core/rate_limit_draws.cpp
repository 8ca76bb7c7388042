#include "sluice/rate_limiter.hpp"

namespace sluice {

namespace {

// SplitMix64 by Sebastiano Vigna: one word of state, passes the usual tests.
class SplitMix {
public:
  explicit SplitMix(std::uint64_t seed) : state_(seed) {}

  double operator()(Draw) {
    state_ += 0x9e3779b97f4a7c15;
    auto word = state_;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
    word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
    return static_cast<double>((word ^ (word >> 31)) >> 11) * 0x1p-53;
  }

private:
  std::uint64_t state_;
};

} // namespace

RandomDraws seeded_random_draws(std::uint64_t seed) { return SplitMix(seed); }

} // namespace sluice
