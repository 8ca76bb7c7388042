#include "actors/io_scheduler.hpp"

#include <deque>
#include <memory>
#include <optional>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <caf/detail/simple_actor_clock.hpp>
#include <caf/execution_unit.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include "actors/event_loop_impl.hpp"

namespace sluice {

namespace {

namespace asio = boost::asio;

// The clock of CAF's delayed messages; tells when the next one is due. CAF asks it whenever
// an actor runs, so it is read once for a batch of them; a delayed message may be early by as
// long as a batch takes, and who waits for an instant asks the actors' own clock then.
class ActorClock final : public caf::detail::simple_actor_clock {
public:
  time_point now() const noexcept override { return now_; }
  void read() { now_ = clock_type::now(); }

  std::optional<time_point> next() const {
    return schedule().empty() ? std::nullopt : std::optional(schedule().begin()->first);
  }

private:
  time_point now_ = clock_type::now();
};

class IoScheduler final : public caf::scheduler::abstract_coordinator, public caf::execution_unit {
public:
  IoScheduler(caf::actor_system& system, EventLoop& loop)
      : abstract_coordinator(system), caf::execution_unit(&system), loop_(loop), io_(loop.impl().io), timer_(io_) {}

  void enqueue(caf::resumable* job) override {
    // While the loop does not run, its owner's thread is the only one here.
    if (loop_.is_current() || !loop_.is_running())
      add(job);
    else
      asio::post(io_, [this, job] { add(job); });
  }

  void exec_later(caf::resumable* job) override { enqueue(job); }
  bool detaches_utility_actors() const override { return false; }
  void start() override {}
  void stop() override {
    timer_.cancel();
    while (!ready_.empty())
      run_ready();
  }
  caf::actor_clock& clock() noexcept override { return clock_; }

private:
  // Jobs run in one posted batch, so that sockets get their turn between batches.
  void add(caf::resumable* job) {
    ready_.push_back(job);
    if (!posted_)
      post_run();
  }

  void post_run() {
    posted_ = true;
    asio::post(io_, [this, alive = std::weak_ptr(alive_)] {
      if (!alive.expired())
        run_ready();
    });
  }

  void run_ready() {
    clock_.read();
    for (auto left = max_batch; left > 0 && !ready_.empty(); --left) {
      auto* job = ready_.front();
      ready_.pop_front();
      run(job);
    }
    posted_ = false;
    if (!ready_.empty())
      post_run();
    arm_timer();
  }

  void run(caf::resumable* job) {
    switch (job->resume(this, max_throughput())) {
    case caf::resumable::resume_later:
      ready_.push_back(job);
      break;
    case caf::resumable::shutdown_execution_unit:
      break;
    default:
      caf::intrusive_ptr_release(job);
    }
  }

  // One timer for all delayed messages.
  void arm_timer() {
    auto next = clock_.next();
    if (!next || (armed_for_ && *armed_for_ <= *next))
      return;
    armed_for_ = next;
    timer_.expires_at(*next);
    timer_.async_wait([this](boost::system::error_code error) {
      if (error)
        return;
      armed_for_.reset();
      clock_.read();
      clock_.trigger_expired_timeouts();
      arm_timer();
    });
  }

  static constexpr int max_batch = 256;

  EventLoop& loop_;
  asio::io_context& io_;
  asio::steady_timer timer_;
  std::optional<caf::actor_clock::time_point> armed_for_;
  ActorClock clock_;
  std::deque<caf::resumable*> ready_;
  bool posted_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true); ///< For what is posted and may outlive this.
};

} // namespace

void run_actors_on(EventLoop& loop, caf::actor_system_config& config) {
  config.module_factories.push_back(
      [&loop](caf::actor_system& system) -> caf::actor_system::module* { return new IoScheduler(system, loop); });
}

} // namespace sluice
