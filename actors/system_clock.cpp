#include "sluice/time.hpp"

namespace sluice {

Clock system_clock() {
  return [] {
    return Now{std::chrono::steady_clock::now(),
               std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())};
  };
}

} // namespace sluice
