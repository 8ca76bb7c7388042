// Stored rate limits in virtual time: answered when they are on the disk, and the same after a crash.
#include "actors/rate_limit_actor.hpp"

#include <catch2/catch.hpp>

#include "actors/scheduler_actor.hpp"
#include "tests/support/recording_transport.hpp"
#include "tests/support/slow_store.hpp"

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::test;

namespace {

const LimitDefinition ten{{.rate = 10, .period = 1h}};
const LimitDefinition in_memory{{.rate = 10, .period = 1h}, LimitDurability::memory};

template <class T>
using Answer = std::shared_ptr<std::optional<Result<T>>>;

class Fixture {
public:
  Fixture() {
    options.signing_keys = {"sig_a", "sig_b"};
    start();
  }
  ~Fixture() { end(); }

  /// Of what is under way the first `kept` groups are on the disk; another process goes on.
  void crash(std::size_t kept = 0) {
    end();
    store.crash(kept);
    start();
  }

  /// Sends a call; its answer is there once it was given.
  template <class Call, class T>
  Answer<T> send(Call call, Reply<T> Call::*reply) {
    auto answer = std::make_shared<std::optional<Result<T>>>();
    call.*reply = [answer](Result<T> result) {
      REQUIRE_FALSE(*answer);
      *answer = std::move(result);
    };
    anon_tell(limits, to_limits::Ask{std::move(call)});
    time.settle();
    return answer;
  }
  Answer<LimitAnswer> limit(BucketRequest request) {
    return send(to_limits::Limit{std::move(request), {}}, &to_limits::Limit::reply);
  }
  Answer<void> define(const std::string& name, LimitDefinition definition) {
    return send(to_limits::Define{name, definition, library, {}}, &to_limits::Define::reply);
  }
  Answer<void> reset(const std::string& name, const std::string& key) {
    return send(to_limits::Reset{name, key, {"alice", "192.0.2.1"}, {}}, &to_limits::Reset::reply);
  }
  Answer<void> transact(StoredLimits::TransactionBody body) {
    return send(to_limits::Transact{std::move(body), {}}, &to_limits::Transact::reply);
  }
  Answer<ReservationAnswer> reserve(ReservationRequest request) {
    return send(to_limits::Reserve{std::move(request), {}}, &to_limits::Reserve::reply);
  }
  Answer<bool> commit(const std::string& name, ReservationId id, double used) {
    return send(to_limits::Settle{name, id, used, {}}, &to_limits::Settle::reply);
  }
  Answer<LimitAnswer> acquire(WaitRequest request, WaitId id = {}) {
    return send(to_limits::Acquire{id, std::move(request), {}}, &to_limits::Acquire::reply);
  }
  double remaining(const std::string& name, const std::string& key) {
    auto answer = send(to_limits::Read{{name, key}, {}}, &to_limits::Read::reply);
    REQUIRE(*answer);
    return (*answer)->value().status.remaining;
  }

  void answer_all() {
    while (!store.groups.empty())
      inside([this] { store.answer(); });
  }
  void fail() {
    inside([this] { store.fail(); });
  }
  void inside(std::function<void()> slice) {
    anon_tell(scheduler, to_scheduler::Continue{std::move(slice)});
    time.settle();
  }

private:
  void start() {
    scheduler = time.system().spawn<SchedulerActor>(std::cref(context), std::cref(options),
                                                    std::ref(static_cast<Store&>(store)),
                                                    std::ref(static_cast<Transport&>(transport)));
    limits = time.system().spawn<RateLimitActor>(std::cref(context), std::cref(options),
                                                 std::ref(static_cast<Store&>(store)), scheduler);
    time.settle();
    answer_all();
  }
  void end() {
    caf::anon_send_exit(limits, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(scheduler, caf::exit_reason::user_shutdown);
    limits = scheduler = nullptr;
    time.settle();
  }

public:
  VirtualTime time;
  SchedulerOptions options;
  ActorContext context{time.clock()};
  SlowStore store;
  RecordingTransport transport{time};
  caf::actor scheduler;
  caf::actor limits;
};

bool is_granted(const Answer<LimitAnswer>& answer) {
  REQUIRE(*answer);
  return (*answer)->value().ok;
}

} // namespace

TEST_CASE("a grant is answered once it is stored, a refusal at once", "[actors][limits]") {
  Fixture fixture;
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
  Fixture fixture;
  fixture.define("calls", in_memory);
  fixture.answer_all();
  CHECK(is_granted(fixture.limit({"calls", "a", 8})));
  CHECK(fixture.store.groups.empty());
  CHECK(fixture.remaining("calls", "a") == 2);
  fixture.crash();
  CHECK(fixture.remaining("calls", "a") == 10);
}

TEST_CASE("what cannot be stored was never taken, nor what was decided on top of it", "[actors][limits]") {
  Fixture fixture;
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
  Fixture fixture;
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
  Fixture fixture;
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
  Fixture fixture;
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
  Fixture fixture;
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
  Fixture fixture;
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
  Fixture fixture;
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
  Fixture fixture;
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
  Fixture fixture;
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
  Fixture fixture;
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

TEST_CASE("a reservation is answered once it is stored, and ends in the next process", "[actors][limits]") {
  Fixture fixture;
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
  Fixture fixture;
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
  Fixture fixture;
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
  Fixture fixture;
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
  Fixture fixture;
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
  Fixture fixture;
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
  Fixture fixture;
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
  Fixture fixture;
  fixture.define("calls", ten);
  fixture.answer_all();
  CHECK((*fixture.acquire({"calls", "a", 11}))->error().field == "count");
  CHECK((*fixture.acquire({"calls", "a", -1}))->error().field == "count");
  CHECK((*fixture.acquire({"unknown", "a", 1}))->error().code == ErrorCode::not_found);
}

TEST_CASE("a wall clock that is set forward serves those who wait", "[actors][limits]") {
  Fixture fixture;
  fixture.define("calls", ten);
  fixture.limit({"calls", "a", 10});
  fixture.answer_all();
  auto waiting = fixture.acquire({"calls", "a", 5, 2h});
  fixture.time.shift_wall(31min);
  fixture.time.run_for(1s);
  fixture.answer_all();
  CHECK(is_granted(waiting));
}
