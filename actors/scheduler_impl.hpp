// The scheduler behind its facade: its loop, its store and its actors, from beginning to end.
#pragma once

#include <future>
#include <thread>

#include "actors/io_scheduler.hpp"
#include "actors/limit_port.hpp"
#include "actors/publish_check.hpp"
#include "actors/rate_limit_actor.hpp"
#include "actors/scheduler_actor.hpp"
#include "actors/waiting.hpp"
#include "sluice/scheduler.hpp"

namespace sluice {

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

class Scheduler::Impl : public LimitPort {
public:
  Impl(SchedulerOptions options, std::unique_ptr<EventLoop> own_loop, std::unique_ptr<Store> store)
      : options_(std::move(options)),
        own_loop_(std::move(own_loop)),
        loop_(*options_.event_loop),
        transport_(std::move(options_.transport)), // It uses the loop, so it must end before.
        store_(std::move(store)),
        context_{options_.clock} {
    if (own_loop_)
      start_thread();
    else
      start_actors();
  }

  ~Impl() override {
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

  void send(to_limits::Ask ask) override {
    if (loop_.is_current())
      return ask_limits(std::move(ask));
    loop_.post([this, ask = std::move(ask)]() mutable { ask_limits(std::move(ask)); });
  }

  void operate(FlowControlKey key, core::FlowOperation operation, Operator by, Reply<void> reply) {
    if (auto valid = check_operation(key, operation); !valid)
      return reply(valid.error());
    send(to_scheduler::Operate{std::move(key), std::move(operation), std::move(by), std::move(reply)});
  }

  void stop(std::function<void()> done) {
    loop_.post([this, done = std::move(done)] {
      if (!scheduler_)
        return done();
      anon_tell(limits_, to_limits::Stop{{options_.grace, done}});
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
    scheduler_ = actors_->system->spawn<SchedulerActor>(std::cref(context_), std::cref(options_), std::ref(*store_),
                                                        std::ref(*transport_));
    limits_ =
        actors_->system->spawn<RateLimitActor>(std::cref(context_), std::cref(options_), std::ref(*store_), scheduler_);
  }

  static Error stopped() { return {ErrorCode::unavailable, "the scheduler has stopped", {}}; }

  template <class Call>
  void send_on_loop(Call call) {
    if (scheduler_)
      anon_tell(scheduler_, std::move(call));
    else
      call.reply(stopped());
  }

  void ask_limits(to_limits::Ask ask) {
    if (limits_)
      anon_tell(limits_, std::move(ask));
    else
      std::visit([](auto& call) { call.reply(stopped()); }, ask.call);
  }

  void end_actors() {
    if (!scheduler_)
      return;
    caf::anon_send_exit(limits_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(scheduler_, caf::exit_reason::user_shutdown);
    limits_ = nullptr;
    scheduler_ = nullptr;
    actors_.reset();
  }

  SchedulerOptions options_;
  std::unique_ptr<EventLoop> own_loop_;
  EventLoop& loop_;
  std::shared_ptr<Transport> transport_;
  std::unique_ptr<Store> store_;
  ActorContext context_;
  std::optional<ActorSystem> actors_;
  caf::actor scheduler_;
  caf::actor limits_;
  std::thread thread_;
};

} // namespace sluice
