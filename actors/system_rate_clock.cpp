// The clock and the randomness of the operating system, for a RateLimiter that is given neither.
#include <random>

#include "sluice/rate_limiter.hpp"

namespace sluice {

RateClock system_rate_clock() {
  return [] { return RateTime{std::chrono::system_clock::now()}; };
}

std::uint64_t system_hash_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

RandomDraws system_random_draws() { return seeded_random_draws(system_hash_seed()); }

} // namespace sluice
