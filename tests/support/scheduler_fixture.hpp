// A whole scheduler in virtual time: actors, memory store, recorded destination.
#pragma once

#include <catch2/catch.hpp>

#include "actors/scheduler_actor.hpp"
#include "actors/store/memory_store.hpp"
#include "tests/support/recording_transport.hpp"

namespace sluice::test {

inline FlowLimits limits(std::optional<std::int64_t> rate, Duration period,
                         std::optional<std::int64_t> parallelism = {}) {
  return {parallelism, rate, period};
}

class SchedulerFixture {
public:
  explicit SchedulerFixture(SchedulerOptions with = {}) : options(std::move(with)) {
    options.signing_keys = {"sig_a", "sig_b"};
    start();
  }
  ~SchedulerFixture() { end(); }

  /// The process dies, and another one goes on with what it has stored, `after` a while.
  void crash(Duration after = Duration{0}) {
    end();
    time.run_for(after);
    store.reopen();
    start();
  }

  /// Sends a call and lets the actors settle; the answer must have come by then.
  template <class Call, class T>
  Result<T> ask(Call call, Reply<T> Call::*reply) {
    std::optional<Result<T>> answer;
    call.*reply = [&](Result<T> result) {
      REQUIRE_FALSE(answer);
      answer = std::move(result);
    };
    anon_tell(actor, std::move(call));
    time.settle();
    REQUIRE(answer);
    return *answer;
  }

  PublishRequest request(const std::string& name) {
    PublishRequest request{UrlDestination{"http://destination.test/" + name}};
    request.retries = 0;
    return request;
  }
  PublishRequest request(const std::string& name, const std::string& key, FlowLimits limits) {
    auto with_key = request(name);
    with_key.flow_control = FlowControl{{key}, limits};
    return with_key;
  }
  MessageId publish(PublishRequest request) {
    return ask(to_scheduler::Publish{unnumbered(std::move(request)), {}}, &to_scheduler::Publish::reply).value().id;
  }
  Result<void> operate(const std::string& key, core::FlowOperation operation) {
    return ask(to_scheduler::Operate{{key}, std::move(operation), {}, {}}, &to_scheduler::Operate::reply);
  }
  /// An operation that must succeed.
  void control(const std::string& key, core::FlowOperation operation) {
    REQUIRE(operate(key, std::move(operation)).has_value());
  }
  Result<FlowControlInfo> key(const std::string& key) {
    return ask(to_scheduler::FindKey{{key}, {}}, &to_scheduler::FindKey::reply);
  }
  Result<void> cancel(MessageId id) { return ask(to_scheduler::Cancel{id, {}, {}}, &to_scheduler::Cancel::reply); }
  Result<MessageInfo> message(MessageId id) {
    return ask(to_scheduler::FindMessage{id, {}}, &to_scheduler::FindMessage::reply);
  }
  MessageState state(MessageId id) { return message(id).value().state; }
  /// Newest first.
  std::vector<LogEntry> log(LogQuery query = {}) {
    return ask(to_scheduler::ListLog{std::move(query), {}}, &to_scheduler::ListLog::reply).value().entries;
  }
  std::vector<DlqEntry> dlq() {
    return ask(to_scheduler::ListDlq{{}, {}}, &to_scheduler::ListDlq::reply).value().entries;
  }
  std::int64_t calls() { return ask(to_scheduler::CountCalls{{}}, &to_scheduler::CountCalls::reply).value().count; }

  /// What was sent so far, in order, as `name@seconds`.
  std::string sent() const {
    std::string text;
    for (const auto& one : transport.sent) {
      auto seconds = std::chrono::duration<double>(one.at).count();
      text += (text.empty() ? "" : " ") + one.request.url.substr(std::string("http://destination.test/").size());
      text += '@' + std::to_string(seconds).substr(0, std::to_string(seconds).find('.') + 2);
    }
    return text;
  }

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

public:
  VirtualTime time;
  SchedulerOptions options;
  ActorContext context{time.clock()};
  MemoryStore store{std::size_t{1} << 30};
  RecordingTransport transport{time};
  caf::actor actor;
};

} // namespace sluice::test
