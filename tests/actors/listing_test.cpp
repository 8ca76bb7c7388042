// What operators see of keys and queues in lists.
#include "tests/support/scheduler_fixture.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::test;

TEST_CASE("keys are listed in order, by search and by page, with their live state", "[actors]") {
  SchedulerFixture fixture;
  for (auto name : {"beta", "alpha", "gamma"})
    fixture.publish(fixture.request("m", name, limits(4, 60s)));
  fixture.publish(fixture.request("m"));
  auto list = [&](FlowControlQuery query) {
    std::string names;
    for (const auto& info : fixture.ask(to_scheduler::ListKeys{query, {}}, &to_scheduler::ListKeys::reply).value()) {
      CHECK(info.rate_count == 1);
      names += info.key.text + ' ';
    }
    return names;
  };
  CHECK(list({}) == "alpha beta gamma ");
  CHECK(list({"a", "alpha", 1}) == "beta ");
  CHECK(list({"mm", {}, 10}) == "gamma ");
}

TEST_CASE("a limit of queues that is lowered hides none of those there are", "[actors]") {
  SchedulerFixture fixture;
  using Set = to_scheduler::SetQueue;
  for (auto name : {"a", "b", "c"})
    REQUIRE(fixture.ask(Set{{name}, {}, {}, {}}, &Set::reply));
  fixture.options.max_queues = 1;
  using List = to_scheduler::ListQueues;
  CHECK(fixture.ask(List{}, &List::reply)->size() == 3);
  CHECK(fixture.ask(Set{{"a"}, {2, {}}, {}, {}}, &Set::reply));
  CHECK(fixture.ask(Set{{"d"}, {}, {}, {}}, &Set::reply).error().code == ErrorCode::too_many);
}

TEST_CASE("more keys than are asked at once are all listed, in order, those without an actor too", "[actors]") {
  SchedulerFixture fixture;
  constexpr int count = 300;
  auto name = [](int n) { return "key" + std::to_string(1000 + n); };
  for (int n = 0; n < count; ++n)
    fixture.publish(fixture.request("m", name(n), limits(n + 1, 60s)));
  auto list = [&] {
    auto infos = fixture.ask(to_scheduler::ListKeys{{}, {}}, &to_scheduler::ListKeys::reply).value();
    REQUIRE(infos.size() == count);
    for (int n = 0; n < count; ++n) {
      CHECK(infos[static_cast<std::size_t>(n)].key.text == name(n));
      CHECK(infos[static_cast<std::size_t>(n)].rate_max == n + 1);
    }
  };
  list();
  fixture.time.run_for(5min);
  list();
}
