// A scheduler in virtual time with a store whose groups a test lets reach the disk, asked for rate limits.
#pragma once

#include "actors/rate_limit_actor.hpp"

#include <catch2/catch.hpp>

#include "actors/scheduler_actor.hpp"
#include "tests/support/recording_transport.hpp"
#include "tests/support/slow_store.hpp"

namespace sluice::test {

using namespace std::chrono_literals;

inline const LimitDefinition ten{{.rate = 10, .period = 1h}};
inline const LimitDefinition in_memory{{.rate = 10, .period = 1h}, LimitDurability::memory};

template <class T>
using Answer = std::shared_ptr<std::optional<Result<T>>>;

class LimitFixture {
public:
  LimitFixture() {
    options.signing_keys = {"sig_a", "sig_b"};
    start();
  }
  ~LimitFixture() { end(); }

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

inline bool is_granted(const Answer<LimitAnswer>& answer) {
  REQUIRE(*answer);
  return (*answer)->value().ok;
}

} // namespace sluice::test
