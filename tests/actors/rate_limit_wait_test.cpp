// Reservations, and those who wait for a stored rate limit, in virtual time.
#include "tests/support/rate_limit_fixture.hpp"

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::test;

TEST_CASE("a reservation is answered once it is stored, and ends in the next process", "[actors][limits]") {
  LimitFixture fixture;
  fixture.define("calls", ten);
  auto reserved = fixture.reserve({"calls", "a", 4});
  CHECK_FALSE(*reserved);
  fixture.answer_all();
  REQUIRE(*reserved);
  const auto id = (*reserved)->value().id;
  fixture.crash();
  CHECK(fixture.remaining("calls", "a") == 6);
  auto next = fixture.reserve({"calls", "a", 1});
  fixture.answer_all();
  CHECK((*next)->value().id > id);
  auto settled = fixture.commit("calls", id, 1);
  CHECK_FALSE(*settled);
  fixture.answer_all();
  CHECK((*settled)->value());
  CHECK(fixture.remaining("calls", "a") == 8);
  CHECK_FALSE((*fixture.commit("calls", id, 1))->value());
}

TEST_CASE("a reservation that has expired leaves the store", "[actors][limits]") {
  LimitFixture fixture;
  fixture.define("calls", ten);
  fixture.reserve({"calls", "a", 4, 30s});
  fixture.answer_all();
  fixture.time.run_for(29s);
  fixture.answer_all();
  CHECK(fixture.store.limits().reservations().size() == 1);
  fixture.time.run_for(2s);
  fixture.answer_all();
  CHECK(fixture.store.limits().reservations().empty());
}

TEST_CASE("who waits for a limit is served in turn, as soon as the tokens are there and stored", "[actors][limits]") {
  LimitFixture fixture;
  fixture.define("calls", ten);
  fixture.limit({"calls", "a", 10});
  fixture.answer_all();
  auto large = fixture.acquire({"calls", "a", 2, 1h});
  auto small = fixture.acquire({"calls", "a", 1, 1h});
  auto other = fixture.acquire({"calls", "b", 10, 1h});
  fixture.answer_all();
  CHECK(is_granted(other));
  fixture.time.run_for(12min - 1ms);
  fixture.answer_all();
  CHECK_FALSE(*large);
  fixture.time.run_for(1ms);
  CHECK_FALSE(*large);
  fixture.answer_all();
  CHECK(is_granted(large));
  fixture.time.run_for(6min - 1ms);
  fixture.answer_all();
  CHECK_FALSE(*small);
  fixture.time.run_for(1ms);
  fixture.answer_all();
  CHECK(is_granted(small));
  CHECK((*small)->value().remaining == Approx(0).margin(1e-6));
}

TEST_CASE("who has waited long enough, or leaves, is told so and takes nothing", "[actors][limits]") {
  LimitFixture fixture;
  fixture.define("calls", ten);
  fixture.limit({"calls", "a", 10});
  fixture.answer_all();
  auto patient = fixture.acquire({"calls", "a", 2, 1h});
  auto hasty = fixture.acquire({"calls", "a", 1, 90s});
  auto leaver = fixture.acquire({"calls", "a", 1, 1h}, WaitId{7});
  auto none = fixture.acquire({"calls", "a", 1, 0s});
  CHECK_FALSE(is_granted(none));
  CHECK((*none)->value().retry_after == 6min);
  fixture.time.run_for(90s - 1ms);
  CHECK_FALSE(*hasty);
  fixture.time.run_for(1ms);
  CHECK_FALSE(is_granted(hasty));
  CHECK_FALSE(*leaver);
  auto left = fixture.send(to_limits::Leave{WaitId{7}, {}}, &to_limits::Leave::reply);
  CHECK(*left);
  CHECK_FALSE(is_granted(leaver));
  fixture.send(to_limits::Leave{WaitId{7}, {}}, &to_limits::Leave::reply);
  CHECK_FALSE(*patient);
  CHECK(fixture.remaining("calls", "a") == Approx(0.25));
}

TEST_CASE("what is given back is for those who wait", "[actors][limits]") {
  LimitFixture fixture;
  fixture.define("calls", ten);
  auto reserved = fixture.reserve({"calls", "a", 10});
  fixture.answer_all();
  auto waiting = fixture.acquire({"calls", "a", 3, 1h});
  CHECK_FALSE(*waiting);
  SECTION("by a reset") { fixture.reset("calls", "a"); }
  SECTION("by a credit") { fixture.send(to_limits::Credit{{"calls", "a", 3}, {}}, &to_limits::Credit::reply); }
  SECTION("by a reservation that is cancelled") { fixture.commit("calls", (*reserved)->value().id, 0); }
  SECTION("by a faster limit") { fixture.define("calls", {{.rate = 1e10, .period = 1h}}); }
  SECTION("by a transaction") {
    fixture.transact([](LimitTransaction& transaction) { return transaction.credit("calls", 3, {.key = "a"}); });
  }
  SECTION("by a negative count") { fixture.limit({"calls", "a", -3}); }
  fixture.answer_all();
  fixture.time.run_for(1ms);
  fixture.answer_all();
  CHECK(is_granted(waiting));
}

TEST_CASE("who is served by a group that is refused hears of it, and the next one is served", "[actors][limits]") {
  LimitFixture fixture;
  fixture.define("calls", ten);
  fixture.limit({"calls", "a", 7});
  fixture.answer_all();
  auto first = fixture.acquire({"calls", "a", 3, 1h});
  auto second = fixture.acquire({"calls", "a", 3, 1h});
  fixture.fail();
  REQUIRE(*first);
  CHECK((*first)->error().code == ErrorCode::insufficient_storage);
  CHECK_FALSE(*second);
  fixture.answer_all();
  CHECK(is_granted(second));
}

TEST_CASE("those who wait are bounded in number, and end when the scheduler stops", "[actors][limits]") {
  LimitFixture fixture;
  fixture.options.max_limit_waits = 2;
  fixture.crash();
  fixture.define("calls", ten);
  fixture.limit({"calls", "a", 10});
  fixture.answer_all();
  std::vector<Answer<LimitAnswer>> waiting;
  for (int i = 0; i < 3; ++i)
    waiting.push_back(fixture.acquire({"calls", "a", 1, 1h}));
  REQUIRE(*waiting[2]);
  CHECK((*waiting[2])->error().code == ErrorCode::overloaded);
  CHECK_FALSE(*waiting[0]);
  anon_tell(fixture.limits, to_limits::Stop{{0s, [] {}}});
  fixture.time.settle();
  for (int i = 0; i < 2; ++i)
    CHECK((*waiting[i])->error().code == ErrorCode::unavailable);
}

TEST_CASE("nobody waits for what can never be", "[actors][limits]") {
  LimitFixture fixture;
  fixture.define("calls", ten);
  fixture.answer_all();
  CHECK((*fixture.acquire({"calls", "a", 11}))->error().field == "count");
  CHECK((*fixture.acquire({"calls", "a", -1}))->error().field == "count");
  CHECK((*fixture.acquire({"unknown", "a", 1}))->error().code == ErrorCode::not_found);
}

TEST_CASE("a wall clock that is set forward serves those who wait", "[actors][limits]") {
  LimitFixture fixture;
  fixture.define("calls", ten);
  fixture.limit({"calls", "a", 10});
  fixture.answer_all();
  auto waiting = fixture.acquire({"calls", "a", 5, 2h});
  fixture.time.shift_wall(31min);
  fixture.time.run_for(1s);
  fixture.answer_all();
  CHECK(is_granted(waiting));
}
