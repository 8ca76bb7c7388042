// Stored rate limits in virtual time: answered when they are on the disk, and the same after a crash.
#include "tests/support/rate_limit_fixture.hpp"

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::test;

TEST_CASE("a grant is answered once it is stored, a refusal at once", "[actors][limits]") {
  LimitFixture fixture;
  auto defined = fixture.define("calls", ten);
  CHECK_FALSE(*defined);
  fixture.answer_all();
  REQUIRE(*defined);
  auto first = fixture.limit({"calls", "a", 8});
  auto refused = fixture.limit({"calls", "a", 8});
  CHECK_FALSE(*first);
  CHECK_FALSE(is_granted(refused));
  CHECK(fixture.store.limits().bucket("calls", "a").empty());
  fixture.answer_all();
  CHECK(is_granted(first));
  CHECK(fixture.store.limits().bucket("calls", "a").front().state.value == 2);
}

TEST_CASE("a limit of memory is answered at once and not written", "[actors][limits]") {
  LimitFixture fixture;
  fixture.define("calls", in_memory);
  fixture.answer_all();
  CHECK(is_granted(fixture.limit({"calls", "a", 8})));
  CHECK(fixture.store.groups.empty());
  CHECK(fixture.remaining("calls", "a") == 2);
  fixture.crash();
  CHECK(fixture.remaining("calls", "a") == 10);
}

TEST_CASE("what cannot be stored was never taken, nor what was decided on top of it", "[actors][limits]") {
  LimitFixture fixture;
  fixture.define("calls", ten);
  fixture.limit({"calls", "a", 1});
  fixture.answer_all();
  auto first = fixture.limit({"calls", "a", 2});
  auto second = fixture.limit({"calls", "a", 3});
  auto other = fixture.limit({"calls", "b", 4});
  CHECK(fixture.remaining("calls", "a") == 4);
  fixture.fail();
  for (const auto& each : {first, second, other}) {
    REQUIRE(*each);
    CHECK((*each)->error().code == ErrorCode::insufficient_storage);
  }
  CHECK(fixture.remaining("calls", "a") == 9);
  CHECK(fixture.remaining("calls", "b") == 10);
  auto third = fixture.limit({"calls", "a", 9});
  fixture.answer_all();
  CHECK(is_granted(third));
  CHECK(fixture.store.limits().bucket("calls", "a").front().state.value == 0);
  CHECK(fixture.store.limits().bucket("calls", "b").empty());
}

TEST_CASE("a step that is on its way when an older one is refused is refused too", "[actors][limits]") {
  LimitFixture fixture;
  fixture.define("calls", ten);
  fixture.answer_all();
  auto first = fixture.limit({"calls", "a", 2});
  Answer<LimitAnswer> second;
  // The failure and the next call are in the mailboxes at once.
  anon_tell(fixture.scheduler, to_scheduler::Continue{[&] { fixture.store.fail(); }});
  second = fixture.limit({"calls", "a", 3});
  fixture.answer_all();
  REQUIRE(*second);
  CHECK((*second)->error().code == ErrorCode::insufficient_storage);
  CHECK(fixture.remaining("calls", "a") == 10);
  CHECK(fixture.store.limits().bucket("calls", "a").empty());
}

TEST_CASE("limits are the same after a crash, as far as calls were answered", "[actors][limits]") {
  LimitFixture fixture;
  fixture.define("calls", ten);
  fixture.answer_all();
  fixture.limit({"calls", "a", 3});
  fixture.answer_all();
  auto lost = fixture.limit({"calls", "a", 4});
  const auto kept = GENERATE(0u, 1u);
  fixture.crash(kept);
  CHECK_FALSE(*lost);
  CHECK(fixture.remaining("calls", "a") == (kept == 0 ? 7 : 3));
  auto next = fixture.limit({"calls", "a", 8});
  CHECK_FALSE(is_granted(next));
  auto definition = fixture.send(to_limits::FindDefinition{"calls", {}}, &to_limits::FindDefinition::reply);
  CHECK((*definition)->value() == ten);
}

TEST_CASE("a wall clock that is set back frees nothing and stalls nothing", "[actors][limits]") {
  LimitFixture fixture;
  fixture.define("calls", ten);
  fixture.limit({"calls", "a", 10});
  fixture.answer_all();
  fixture.time.shift_wall(-24h);
  const bool restarts = GENERATE(false, true);
  if (restarts)
    fixture.crash();
  CHECK(fixture.remaining("calls", "a") == Approx(0).margin(0.01));
  fixture.time.run_for(30min);
  fixture.answer_all();
  CHECK(fixture.remaining("calls", "a") == Approx(5).margin(0.01));
}

TEST_CASE("a transaction takes effect as a whole, or not at all", "[actors][limits]") {
  LimitFixture fixture;
  fixture.define("calls", ten);
  fixture.answer_all();
  auto body = [](bool succeeds) {
    return [succeeds](LimitTransaction& transaction) -> Result<void> {
      LimitRequest request;
      request.count = 4;
      for (auto key : {"a", "b"}) {
        request.key = key;
        CHECK(transaction.limit("calls", request)->ok);
      }
      CHECK(transaction.check("calls", request)->ok);
      transaction.reset("calls", "b");
      return succeeds ? Result<void>{} : invalid("order", "sold out");
    };
  };
  auto failed = fixture.transact(body(false));
  CHECK((*failed)->error().message == "sold out");
  auto threw = fixture.transact([](LimitTransaction& transaction) -> Result<void> {
    CHECK(transaction.limit("calls", {})->ok);
    throw std::runtime_error("lost");
  });
  CHECK((*threw)->error().code == ErrorCode::internal);
  CHECK(fixture.remaining("calls", "a") == 10);
  CHECK(fixture.store.groups.empty());
  auto done = fixture.transact(body(true));
  CHECK_FALSE(*done);
  CHECK(fixture.store.groups.size() == 1);
  fixture.crash(1);
  CHECK(fixture.remaining("calls", "a") == 6);
  CHECK(fixture.remaining("calls", "b") == 10);
}

TEST_CASE("every reset and change of a definition is in the audit log", "[actors][limits]") {
  LimitFixture fixture;
  fixture.define("calls", in_memory);
  fixture.reset("calls", "a");
  fixture.reset("unknown", "b");
  fixture.send(to_limits::Drop{"calls", library, {}}, &to_limits::Drop::reply);
  fixture.answer_all();
  std::string text;
  for (const auto& entry : fixture.store.audit({}))
    text += entry.by.name + " " + entry.action + " " + entry.subject + " " + entry.detail + "\n";
  CHECK(text == "library dropLimit calls \n"
                "alice resetLimit unknown key=b\n"
                "alice resetLimit calls key=a\n"
                "library putLimit calls kind=token bucket rate=10 period=3600000 durability=memory\n");
}

TEST_CASE("a reset that cannot be stored has not happened", "[actors][limits]") {
  LimitFixture fixture;
  fixture.define("calls", ten);
  fixture.limit({"calls", "a", 4});
  fixture.answer_all();
  auto reset = fixture.reset("calls", "a");
  CHECK(fixture.remaining("calls", "a") == 10);
  fixture.fail();
  CHECK_FALSE((*reset)->has_value());
  CHECK(fixture.remaining("calls", "a") == 6);
}

TEST_CASE("buckets that are full again leave the store, and no verdict tells", "[actors][limits]") {
  LimitFixture fixture;
  fixture.define("calls", ten);
  for (int i = 0; i < 500; ++i)
    fixture.limit({"calls", std::to_string(i), 1});
  fixture.limit({"calls", "debtor", 10});
  fixture.answer_all();
  fixture.crash();
  for (int minute = 0; minute < 7; ++minute) {
    fixture.time.run_for(1min);
    fixture.answer_all();
  }
  CHECK(fixture.store.limits().rows_after(nullptr, 1000).size() == 1);
  CHECK(fixture.remaining("calls", "debtor") == Approx(10 * 7 / 60.0).margin(0.1));
  auto seventh = fixture.limit({"calls", "7", 10});
  fixture.answer_all();
  CHECK(is_granted(seventh));
}

TEST_CASE("a handler that throws is run once more, and then answers its caller", "[actors][limits]") {
  LimitFixture fixture;
  fixture.define("calls", in_memory);
  fixture.answer_all();
  int throws = GENERATE(1, 2);
  CAPTURE(throws);
  fixture.context.before_handler = [left = throws](std::string_view handler) mutable {
    if (handler == "limits.call" && left-- > 0)
      throw std::runtime_error("injected");
  };
  auto answer = fixture.limit({"calls", "a", 1});
  REQUIRE(*answer);
  CHECK((*answer)->has_value() == (throws == 1));
  fixture.context.before_handler = {};
  CHECK(fixture.remaining("calls", "a") == (throws == 1 ? 9 : 10));
}

TEST_CASE("limits that are asked while the scheduler stops are refused, those before are stored", "[actors][limits]") {
  LimitFixture fixture;
  fixture.define("calls", ten);
  fixture.answer_all();
  auto before = fixture.limit({"calls", "a", 1});
  bool stopped = false;
  anon_tell(fixture.limits, to_limits::Stop{{0s, [&] { stopped = true; }}});
  auto after = fixture.limit({"calls", "a", 1});
  REQUIRE(*after);
  CHECK((*after)->error().code == ErrorCode::unavailable);
  fixture.answer_all();
  CHECK(is_granted(before));
  fixture.time.run_for(1s);
  fixture.answer_all();
  CHECK(stopped);
}
