#include "actors/store/sorted_positions.hpp"

#include <random>
#include <set>

#include "tests/store/stores.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("SortedPositions agrees with a set through random changes", "[store]") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
    SortedPositions positions;
    std::set<WaitPosition> model;
    // Grows to several chunks, then shrinks to none.
    for (int step = 0; step < 8000; ++step) {
      WaitPosition position{wall0 + std::chrono::milliseconds{pick(40)}, static_cast<Sequence>(pick(100))};
      if (pick(10) < (step < 5000 ? 8 : 1)) {
        positions.insert(position);
        model.insert(position);
      } else if (pick(2) == 0 && !model.empty()) {
        position = *model.begin();
        positions.erase(position);
        model.erase(position);
      } else {
        positions.erase(position);
        model.erase(position);
      }
      if (step % 50 != 0)
        continue;
      auto upto = wall0 + std::chrono::milliseconds{pick(45) - 2};
      WaitPosition after{wall0 + std::chrono::milliseconds{pick(40)}, static_cast<Sequence>(pick(100))};
      std::vector<WaitPosition> expected;
      std::size_t count = 0;
      std::size_t before = 0;
      for (auto one : model) {
        count += one.ready_at <= upto;
        before += one < after;
        if (one > after && one.ready_at <= upto && expected.size() < 700)
          expected.push_back(one);
      }
      std::vector<WaitPosition> slice;
      positions.list(after, upto, 700, slice);
      REQUIRE(slice == expected);
      REQUIRE(positions.count(upto) == count);
      REQUIRE(positions.count_before(after) == before);
      REQUIRE(positions.empty() == model.empty());
    }
  }
}
