#include "actors/core/due_clock.hpp"

#include <catch2/catch.hpp>

#include "actors/core/sequence_source.hpp"

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::core;

namespace {
const WallTime wall0{1'700'000'000s};
Now at(Duration steady, std::chrono::milliseconds wall) { return {TimePoint{steady}, wall0 + wall}; }
} // namespace

TEST_CASE("DueClock follows the wall clock while it runs evenly", "[due]") {
  DueClock clock;
  CHECK(clock.read(at(10s + 700us, 0ms)) == wall0);
  CHECK(clock.read(at(11s + 1000us, 1000ms)) == wall0 + 1s);
  CHECK(clock.read(at(11s + 300us, 1000ms)) == wall0 + 1s);
}

TEST_CASE("DueClock jumps forward with the wall clock", "[due]") {
  DueClock clock;
  clock.read(at(0s, 0ms));
  CHECK(clock.read(at(1s, 3'601'000ms)) == wall0 + 3601s);
}

TEST_CASE("DueClock goes on evenly when the wall clock jumps back", "[due]") {
  DueClock clock;
  clock.read(at(0s, 0ms));
  CHECK(clock.read(at(5s, -3'600'000ms)) == wall0 + 5s);
}

TEST_CASE("SequenceSource grows through restarts and wall clocks that jump back", "[due]") {
  SequenceSource first;
  auto a = first.next(wall0);
  CHECK(first.next(wall0 - 1h) > a);
  SequenceSource restarted(a);
  CHECK(restarted.next(wall0 - 1h) == a + 1);
  CHECK(SequenceSource{}.next(wall0 + 1ms) > a);
}
