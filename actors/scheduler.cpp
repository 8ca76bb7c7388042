// Scheduler::Impl: wiring and shutdown.
#include "sluice/scheduler.hpp"

#include <future>
#include <thread>

#include "actors/core/address_policy.hpp"
#include "actors/io_scheduler.hpp"
#include "actors/publish_check.hpp"
#include "actors/scheduler_actor.hpp"
#include "actors/store/memory_store.hpp"

namespace sluice {

namespace {

constexpr std::size_t max_dlq_page = 100; // spec §2.10

Error stopped() { return {ErrorCode::unavailable, "the scheduler has stopped", {}}; }

Result<void> check(const SchedulerOptions& options) {
  if (options.global_parallelism < 1 || options.global_parallelism > 100'000)
    return invalid("global_parallelism", "global_parallelism must be 1 to 100000");
  if (options.max_timeout <= Duration{0})
    return invalid("max_timeout", "max_timeout must be positive");
  if (options.max_retries < 0)
    return invalid("max_retries", "max_retries must be 0 or more");
  auto policy = core::parse_allow_list(options.http.allow_destinations);
  return policy ? Result<void>{} : policy.error();
}

struct ActorSystem {
  explicit ActorSystem(EventLoop& loop) {
    run_actors_on(loop, config);
    system.emplace(config);
    // The loop runs them; waiting here for it would wait for ever.
    system->await_actors_before_shutdown(false);
  }

  caf::actor_system_config config;
  std::optional<caf::actor_system> system;
};

} // namespace

class Scheduler::Impl {
public:
  Impl(SchedulerOptions options, std::unique_ptr<EventLoop> own_loop)
      : options_(std::move(options)),
        own_loop_(std::move(own_loop)),
        loop_(*options_.event_loop),
        transport_(std::move(options_.transport)), // It uses the loop, so it must end before.
        store_(options_.memory_limit),
        context_{options_.clock} {
    if (own_loop_)
      start_thread();
    else
      start_actors();
  }

  ~Impl() {
    if (own_loop_)
      stop();
    else
      end_actors();
  }

  const SchedulerOptions& options() const { return options_; }

  /// Sends a call to the scheduler actor, or refuses it once that is gone.
  template <class Call>
  void send(Call call) {
    if (loop_.is_current())
      return send_on_loop(std::move(call));
    loop_.post([this, call = std::move(call)]() mutable { send_on_loop(std::move(call)); });
  }

  void operate(FlowControlKey key, core::FlowOperation operation, Reply<void> reply) {
    if (auto valid = check_operation(key, operation); !valid)
      return reply(valid.error());
    send(to_scheduler::Operate{std::move(key), std::move(operation), std::move(reply)});
  }

  /// Waits for the answer of a call.
  template <class T, class Start>
  Result<T> wait(Start start) {
    std::promise<Result<T>> promise;
    auto answer = promise.get_future();
    start([&promise](Result<T> result) { promise.set_value(std::move(result)); });
    return answer.get();
  }

  void stop(std::function<void()> done) {
    loop_.post([this, done = std::move(done)] {
      if (!scheduler_)
        return done();
      anon_tell(scheduler_, to_scheduler::Stop{options_.grace, done});
    });
  }

  void stop() {
    if (!thread_.joinable())
      return;
    std::promise<void> stopped;
    stop([&] { stopped.set_value(); });
    stopped.get_future().wait();
    loop_.post([this] {
      end_actors();
      loop_.stop();
    });
    thread_.join();
  }

private:
  void start_thread() {
    std::promise<void> started;
    thread_ = std::thread([&] {
      start_actors();
      started.set_value();
      loop_.run();
    });
    started.get_future().wait();
  }

  // An actor system must end on the thread that it began on: CAF ties its logger to it.
  void start_actors() {
    actors_.emplace(loop_);
    scheduler_ = actors_->system->spawn<SchedulerActor>(std::cref(context_), std::cref(options_),
                                                        std::ref(static_cast<Store&>(store_)), std::ref(*transport_));
  }

  template <class Call>
  void send_on_loop(Call call) {
    if (scheduler_)
      anon_tell(scheduler_, std::move(call));
    else
      call.reply(stopped());
  }

  void end_actors() {
    if (!scheduler_)
      return;
    caf::anon_send_exit(scheduler_, caf::exit_reason::user_shutdown);
    scheduler_ = nullptr;
    actors_.reset();
  }

  SchedulerOptions options_;
  std::unique_ptr<EventLoop> own_loop_;
  EventLoop& loop_;
  std::shared_ptr<Transport> transport_;
  MemoryStore store_;
  ActorContext context_;
  std::optional<ActorSystem> actors_;
  caf::actor scheduler_;
  std::thread thread_;
};

Result<Scheduler> Scheduler::open(SchedulerOptions options) {
  if (auto valid = check(options); !valid)
    return valid.error();
  std::unique_ptr<EventLoop> own_loop;
  if (!options.event_loop) {
    own_loop = std::make_unique<EventLoop>();
    options.event_loop = own_loop.get();
  }
  if (!options.transport) {
    auto transport = make_http_transport(*options.event_loop, options.http);
    if (!transport)
      return transport.error();
    options.transport = std::move(*transport);
  }
  return Scheduler(std::make_unique<Impl>(std::move(options), std::move(own_loop)));
}

Scheduler::Scheduler(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Scheduler::Scheduler(Scheduler&&) noexcept = default;
Scheduler& Scheduler::operator=(Scheduler&&) noexcept = default;
Scheduler::~Scheduler() = default;

void Scheduler::publish(PublishRequest request, Reply<MessageId> reply) {
  if (auto valid = check_publish(request, impl_->options()); !valid)
    return reply(valid.error());
  impl_->send(to_scheduler::Publish{std::move(request), std::move(reply)});
}

Result<MessageId> Scheduler::publish(PublishRequest request) {
  return impl_->wait<MessageId>([&](auto reply) { publish(std::move(request), std::move(reply)); });
}

void Scheduler::message(MessageId id, Reply<MessageInfo> reply) const {
  impl_->send(to_scheduler::FindMessage{id, std::move(reply)});
}

Result<MessageInfo> Scheduler::message(MessageId id) const {
  return impl_->wait<MessageInfo>([&](auto reply) { message(id, std::move(reply)); });
}

void Scheduler::cancel(MessageId id, Reply<void> reply) { impl_->send(to_scheduler::Cancel{id, std::move(reply)}); }

Result<void> Scheduler::cancel(MessageId id) {
  return impl_->wait<void>([&](auto reply) { cancel(id, std::move(reply)); });
}

void Scheduler::flow_control(FlowControlKey key, Reply<FlowControlInfo> reply) const {
  impl_->send(to_scheduler::FindKey{std::move(key), std::move(reply)});
}

Result<FlowControlInfo> Scheduler::flow_control(FlowControlKey key) const {
  return impl_->wait<FlowControlInfo>([&](auto reply) { flow_control(std::move(key), std::move(reply)); });
}

void Scheduler::flow_controls(FlowControlQuery query, Reply<std::vector<FlowControlInfo>> reply) const {
  impl_->send(to_scheduler::ListKeys{std::move(query), std::move(reply)});
}

Result<std::vector<FlowControlInfo>> Scheduler::flow_controls(FlowControlQuery query) const {
  return impl_->wait<std::vector<FlowControlInfo>>(
      [&](auto reply) { flow_controls(std::move(query), std::move(reply)); });
}

void Scheduler::pin(FlowControlKey key, PinRequest request, Reply<void> reply) {
  impl_->operate(std::move(key), request, std::move(reply));
}

Result<void> Scheduler::pin(FlowControlKey key, PinRequest request) {
  return impl_->wait<void>([&](auto reply) { pin(std::move(key), request, std::move(reply)); });
}

void Scheduler::unpin(FlowControlKey key, UnpinRequest request, Reply<void> reply) {
  impl_->operate(std::move(key), request, std::move(reply));
}

Result<void> Scheduler::unpin(FlowControlKey key, UnpinRequest request) {
  return impl_->wait<void>([&](auto reply) { unpin(std::move(key), request, std::move(reply)); });
}

void Scheduler::pause(FlowControlKey key, Reply<void> reply) {
  impl_->operate(std::move(key), core::Pause{}, std::move(reply));
}

Result<void> Scheduler::pause(FlowControlKey key) {
  return impl_->wait<void>([&](auto reply) { pause(std::move(key), std::move(reply)); });
}

void Scheduler::resume(FlowControlKey key, Reply<void> reply) {
  impl_->operate(std::move(key), core::Resume{}, std::move(reply));
}

Result<void> Scheduler::resume(FlowControlKey key) {
  return impl_->wait<void>([&](auto reply) { resume(std::move(key), std::move(reply)); });
}

void Scheduler::reset_rate(FlowControlKey key, Reply<void> reply) {
  impl_->operate(std::move(key), core::ResetRate{}, std::move(reply));
}

Result<void> Scheduler::reset_rate(FlowControlKey key) {
  return impl_->wait<void>([&](auto reply) { reset_rate(std::move(key), std::move(reply)); });
}

void Scheduler::reset(FlowControlKey key, Reply<void> reply) {
  impl_->operate(std::move(key), core::Reset{}, std::move(reply));
}

Result<void> Scheduler::reset(FlowControlKey key) {
  return impl_->wait<void>([&](auto reply) { reset(std::move(key), std::move(reply)); });
}

void Scheduler::global_parallelism(Reply<GlobalParallelism> reply) const {
  impl_->send(to_scheduler::CountCalls{std::move(reply)});
}

Result<GlobalParallelism> Scheduler::global_parallelism() const {
  return impl_->wait<GlobalParallelism>([&](auto reply) { global_parallelism(std::move(reply)); });
}

void Scheduler::dlq(DlqQuery query, Reply<DlqPage> reply) const {
  if (query.count < 1 || query.count > max_dlq_page)
    return reply(invalid("count", "count must be 1 to 100"));
  impl_->send(to_scheduler::ListDlq{std::move(query), std::move(reply)});
}

Result<DlqPage> Scheduler::dlq(DlqQuery query) const {
  return impl_->wait<DlqPage>([&](auto reply) { dlq(std::move(query), std::move(reply)); });
}

void Scheduler::signing_keys(Reply<SigningKeys> reply) const {
  impl_->send(to_scheduler::ReadSigningKeys{false, std::move(reply)});
}

Result<SigningKeys> Scheduler::signing_keys() const {
  return impl_->wait<SigningKeys>([&](auto reply) { signing_keys(std::move(reply)); });
}

void Scheduler::rotate_signing_keys(Reply<SigningKeys> reply) {
  impl_->send(to_scheduler::ReadSigningKeys{true, std::move(reply)});
}

Result<SigningKeys> Scheduler::rotate_signing_keys() {
  return impl_->wait<SigningKeys>([&](auto reply) { rotate_signing_keys(std::move(reply)); });
}

void Scheduler::stop() { impl_->stop(); }

void Scheduler::stop(std::function<void()> done) { impl_->stop(std::move(done)); }

} // namespace sluice
