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
    start();
  }
  ~Fixture() { end(); }

  /// The process dies with the first `kept` groups on the disk, and another one goes on.
  void crash(std::size_t kept) {
    end();
    store.crash(kept);
    start();
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
  ScheduleSpec minutely(const std::string& name) {
    return {ScheduleId{"s"}, "* * * * *", {UrlDestination{"http://destination.test/" + name}}};
  }
  /// A schedule that is on the disk. It fires first after 40 s.
  void create(const std::string& name) {
    bool created = false;
    send(to_scheduler::CreateSchedule{minutely(name), {}, {}}, created);
    answer_all();
    REQUIRE(created);
  }
  /// Until the group with a firing waits for the disk; others are answered.
  void run_until_firing() {
    while (store.groups.empty() || !has_firing(store.groups.front().changes)) {
      answer_all();
      time.run_for(100ms);
    }
  }
  static bool has_firing(const Changes& changes) {
    return std::any_of(changes.begin(), changes.end(),
                       [](const Change& one) { return std::holds_alternative<FireSchedule>(one); });
  }
  /// Time goes on, and the disk works.
  void run_for(Duration duration) {
    for (auto end = time.elapsed() + duration; time.elapsed() < end; time.run_for(100ms))
      answer_all();
    answer_all();
  }
  std::vector<std::string> sent() const {
    std::vector<std::string> names;
    for (const auto& one : transport.sent)
      names.push_back(one.request.url.substr(std::string("http://destination.test/").size()));
    return names;
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
  void start() {
    actor = time.system().spawn<SchedulerActor>(std::cref(context), std::cref(options),
                                                std::ref(static_cast<Store&>(store)),
                                                std::ref(static_cast<Transport&>(transport)));
    time.settle();
  }
  void end() {
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    actor = nullptr;
    time.settle();
  }
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

TEST_CASE("a firing is on the disk as a whole or not at all, and happens once either way", "[actors]") {
  Fixture fixture;
  fixture.create("m");
  fixture.run_until_firing();
  REQUIRE(fixture.time.elapsed() == 40s);
  auto kept = GENERATE(as<std::size_t>{}, 0, 1);
  fixture.crash(kept);
  fixture.run_for(30s);
  CHECK(fixture.sent().size() == 1);
  CHECK(fixture.store.schedule({"s"})->last == wall0 + 40s);
  CHECK(fixture.store.schedule({"s"})->runs.size() == 1);
  fixture.run_for(60s);
  CHECK(fixture.sent().size() == 2);
}

TEST_CASE("a firing that could not be stored is tried again within the grace", "[actors]") {
  Fixture fixture;
  fixture.create("m");
  fixture.run_until_firing();
  fixture.fail();
  CHECK(fixture.sent().empty());
  fixture.run_for(3s);
  CHECK(fixture.sent().size() == 1);
  CHECK(fixture.store.schedule({"s"})->last == wall0 + 40s);
}

TEST_CASE("firings that could not be stored for long are skipped but for one", "[actors]") {
  Fixture fixture;
  fixture.create("m");
  fixture.run_until_firing();
  while (fixture.time.elapsed() < 5min) {
    while (!fixture.store.groups.empty())
      fixture.fail();
    fixture.time.run_for(100ms);
  }
  fixture.run_for(10s);
  CHECK(fixture.sent().size() == 1);
  CHECK(fixture.store.schedule({"s"})->last == wall0 + 280s);
}

TEST_CASE("a schedule does not fire while another takes its place", "[actors]") {
  Fixture fixture;
  fixture.create("old");
  fixture.time.run_for(38s);
  fixture.answer_all();
  bool replaced = false;
  fixture.send(to_scheduler::CreateSchedule{fixture.minutely("new"), {}, {}}, replaced);
  fixture.time.run_for(3s); // The old one would have fired.
  fixture.answer_all();
  REQUIRE(replaced);
  fixture.run_for(60s);
  CHECK(fixture.sent() == std::vector<std::string>{"new", "new"});
  CHECK(fixture.store.schedule({"s"})->last == wall0 + 100s);
}

TEST_CASE("a schedule that is deleted or paused while its time comes does not fire", "[actors]") {
  Fixture fixture;
  fixture.create("m");
  fixture.time.run_for(38s);
  fixture.answer_all();
  bool done = false;
  if (GENERATE(false, true))
    fixture.send(to_scheduler::DeleteSchedule{{"s"}, {}, {}}, done);
  else
    fixture.send(to_scheduler::SetSchedulePaused{{"s"}, true, {}, {}}, done);
  fixture.time.run_for(3s);
  fixture.run_for(60s);
  CHECK(done);
  CHECK(fixture.sent().empty());
}

TEST_CASE("a schedule that is resumed while its firing is stored fires once for that time", "[actors]") {
  Fixture fixture;
  fixture.create("m");
  fixture.run_until_firing();
  bool resumed = false;
  fixture.send(to_scheduler::SetSchedulePaused{{"s"}, false, {}, {}}, resumed);
  fixture.run_for(5s);
  CHECK(resumed);
  CHECK(fixture.sent() == std::vector<std::string>{"m"});
}

TEST_CASE("a schedule that is resumed while another takes its place has the times of that one", "[actors]") {
  Fixture fixture;
  fixture.create("old");
  bool done = false;
  fixture.send(to_scheduler::SetSchedulePaused{{"s"}, true, {}, {}}, done);
  fixture.answer_all();
  auto every_90_seconds = fixture.minutely("new");
  every_90_seconds.cron = "@every 90s";
  fixture.send(to_scheduler::CreateSchedule{every_90_seconds, {}, {}}, done);
  fixture.send(to_scheduler::SetSchedulePaused{{"s"}, false, {}, {}}, done);
  fixture.run_for(85s);
  CHECK(done);
  CHECK(fixture.sent().empty());
  fixture.run_for(10s);
  CHECK(fixture.sent() == std::vector<std::string>{"new"});
}

TEST_CASE("a schedule whose deletion failed fires on time", "[actors]") {
  Fixture fixture;
  fixture.create("m");
  fixture.time.run_for(39'500ms);
  fixture.answer_all();
  bool deleted = true;
  fixture.send(to_scheduler::DeleteSchedule{{"s"}, {}, {}}, deleted);
  fixture.fail();
  CHECK_FALSE(deleted);
  fixture.run_for(2s);
  CHECK(fixture.sent().size() == 1);
}
