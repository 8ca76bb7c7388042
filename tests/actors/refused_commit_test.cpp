// Commits that find no room, while other work has gathered behind them.
#include "tests/support/slow_store.hpp"

#include <catch2/catch.hpp>

#include "actors/scheduler_actor.hpp"
#include "tests/support/recording_transport.hpp"

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::test;

namespace {

class Fixture {
public:
  Fixture() {
    options.signing_keys = {"sig_a", "sig_b"};
    actor = time.system().spawn<SchedulerActor>(std::cref(context), std::cref(options),
                                                std::ref(static_cast<Store&>(store)),
                                                std::ref(static_cast<Transport&>(transport)));
    time.settle();
  }
  ~Fixture() {
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    actor = nullptr;
    time.settle();
  }

  /// Sends a call; `ok` tells later whether it was carried out.
  template <class Call>
  void send(Call call, bool& ok) {
    call.reply = [&ok](const auto& result) { ok = result.has_value(); };
    anon_tell(actor, std::move(call));
    time.settle();
  }
  void publish(const std::string& name, std::int64_t parallelism, bool& ok) {
    PublishRequest request{UrlDestination{"http://destination.test/" + name}};
    request.flow_control = FlowControl{{"key"}, {parallelism, {}, 1s}};
    send(to_scheduler::Publish{unnumbered(std::move(request)), {}}, ok);
  }
  void fail() {
    inside([this] { store.fail(); });
  }
  void answer_all() {
    while (!store.groups.empty())
      inside([this] { store.answer(); });
  }

  VirtualTime time;
  SchedulerOptions options;
  ActorContext context{time.clock()};
  SlowStore store;
  RecordingTransport transport{time};
  caf::actor actor;

private:
  void inside(std::function<void()> slice) {
    anon_tell(actor, to_scheduler::Continue{std::move(slice)});
    time.settle();
  }
};

} // namespace

TEST_CASE("a pause that is answered outlives a commit that failed before it", "[actors]") {
  Fixture fixture;
  bool published = true;
  bool paused = false;
  bool reset = false;
  fixture.publish("m", 1, published);
  fixture.send(to_scheduler::Operate{{"key"}, core::Pause{}, {}, {}}, paused);
  fixture.fail();
  fixture.answer_all();
  CHECK_FALSE(published);
  fixture.send(to_scheduler::Operate{{"key"}, PinRequest{3, {}, {}}, {}, {}}, reset);
  fixture.answer_all();
  CHECK(reset);
  CHECK(fixture.store.disk.key({"key"})->state.config.paused == paused);
  CHECK(fixture.store.disk.key({"key"})->state.config.limits.parallelism == 3);
}

TEST_CASE("a cancellation that fails leaves its message to start, and its key a slot", "[actors]") {
  Fixture fixture;
  bool done = false;
  fixture.transport.answer = [](const OutgoingRequest&) { return RecordingTransport::Answer{1s}; };
  fixture.publish("first", 1, done);
  fixture.publish("second", 1, done);
  fixture.answer_all();
  REQUIRE(fixture.transport.sent.size() == 1);
  auto second = fixture.store.pending(0, 2).back().message->id;
  bool cancelled = true;
  fixture.send(to_scheduler::Cancel{second, {}, {}}, cancelled);
  fixture.time.run_for(900ms);
  REQUIRE(fixture.store.groups.size() == 1);
  fixture.time.run_for(100ms); // The second would start now.
  fixture.fail();
  fixture.answer_all();
  CHECK_FALSE(cancelled);
  fixture.time.run_for(5s);
  CHECK(fixture.transport.sent.size() == 2);
}

TEST_CASE("a cancellation during an attempt that fails can be repeated", "[actors]") {
  Fixture fixture;
  bool done = false;
  fixture.transport.answer = [](const OutgoingRequest&) { return RecordingTransport::Answer{1h}; };
  fixture.publish("m", 1, done);
  fixture.answer_all();
  auto message = fixture.store.pending(0, 1).front().message->id;
  fixture.send(to_scheduler::Cancel{message, {}, {}}, done);
  fixture.fail();
  CHECK_FALSE(done);
  fixture.send(to_scheduler::Cancel{message, {}, {}}, done);
  fixture.answer_all();
  CHECK(done);
  CHECK(fixture.store.message(message.sequence())->cancel_requested);
}
