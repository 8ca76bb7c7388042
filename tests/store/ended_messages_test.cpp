#include "actors/store/ended_messages.hpp"

#include <map>
#include <random>

#include "tests/store/stores.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("EndedMessages agrees with a map through random changes", "[store]") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
    EndedMessages ended;
    std::map<Sequence, FinishMessage> model;
    // Grows, then shrinks to nothing.
    for (int step = 0; step < 3000; ++step) {
      auto sequence = static_cast<Sequence>(pick(200));
      if (pick(10) < (step < 2000 ? 8 : 1)) {
        auto state = static_cast<MessageRow::State>(1 + pick(3));
        FinishMessage change{sequence, state, pick(5), wall0 + std::chrono::milliseconds{pick(40)}};
        ended.apply(change);
        model.insert_or_assign(sequence, change);
      } else {
        ended.forget({sequence, sequence + 1});
        model.erase(sequence);
        model.erase(sequence + 1);
      }
      auto asked = static_cast<Sequence>(pick(210));
      auto found = ended.find(asked);
      auto expected = model.find(asked);
      REQUIRE((found != nullptr) == (expected != model.end()));
      if (found) {
        REQUIRE(found->state == expected->second.state);
        REQUIRE(found->attempts == expected->second.attempts);
        REQUIRE(found->time == expected->second.finished_at);
      }
    }
  }
}
