#include "tests/sim/node.hpp"

#include <algorithm>

namespace sluice::sim {

using namespace std::chrono_literals;

Node::Node(SimTime& time, Journal& journal, Random& random, const Plan& plan, SimStore& store, Destination& destination)
    : time_(time), journal_(journal), random_(random), plan_(plan), store_(store), destination_(destination) {
  time_.before_step = [this](auto& jobs) { before_step(jobs); };
  store_.inside_owner = [this](auto slice) { send(to_scheduler::Continue{std::move(slice)}); };
  store_.on_broken = [this, number = -1]() mutable {
    if (std::exchange(number, number_) != number_)
      crash_after(random_.between(1, 20));
  };
}

Node::~Node() {
  time_.before_step = nullptr;
  shut_down();
}

void Node::before_step(std::deque<caf::resumable*>& jobs) {
  if (steps_left_ > 0 && --steps_left_ == 0 && process_)
    crash();
  if (plan_.shuffles_actors)
    std::rotate(jobs.begin(), jobs.begin() + static_cast<std::ptrdiff_t>(random_.below(jobs.size())), jobs.end());
}

void Node::crash_after(int steps) {
  journal_.note("a crash in ", steps, " steps");
  steps_left_ = steps_left_ > 0 ? std::min(steps_left_, steps) : steps;
}

void Node::start() {
  journal_.note("process ", ++number_);
  destination_.cut(number_);
  up_since_ = time_.elapsed();
  process_ = processes_.emplace_back(std::make_unique<Process>(time_.clock(), destination_)).get();
  process_->actor = time_.system().spawn<SchedulerActor>(std::cref(process_->context), std::cref(plan_.options),
                                                         std::ref(static_cast<Store&>(store_)),
                                                         std::ref(static_cast<Transport&>(process_->gate)));
  process_->limits = time_.system().spawn<RateLimitActor>(std::cref(process_->context), std::cref(plan_.options),
                                                          std::ref(static_cast<Store&>(store_)), process_->actor);
  on_up();
}

void Node::start_after(Duration pause) {
  // At a full millisecond, as everything but audits.
  auto at = std::chrono::ceil<std::chrono::milliseconds>(time_.elapsed() + pause);
  time_.after(at - time_.elapsed(), [this] {
    if (!process_)
      start();
  });
}

void Node::crash() {
  journal_.note("crash");
  end_process();
  start_after(random_.between(0ms, 3000ms));
}

void Node::heal() {
  if (std::exchange(steps_left_, 0) > 0 && process_)
    crash();
}

void Node::stop(Duration grace) {
  journal_.note("stop");
  stopping_ = true;
  auto done = [this, number = number_] {
    if (!process_ || number != number_)
      return;
    journal_.note("stopped");
    end_process();
    start_after(random_.between(0ms, 3000ms));
  };
  if (process_)
    anon_tell(process_->limits, to_limits::Stop{{grace, done}});
}

void Node::shut_down() {
  if (process_)
    end_process();
  time_.settle();
}

namespace {

// The exit overtakes all mail, so nothing happens after it.
void kill(const caf::actor& actor) {
  caf::actor_cast<caf::abstract_actor*>(actor)->enqueue(
      nullptr, caf::make_message_id(caf::message_priority::high),
      caf::make_message(caf::exit_msg{actor.address(), caf::exit_reason::kill}), nullptr);
}

} // namespace

void Node::end_process() {
  auto actor = std::exchange(process_->actor, nullptr);
  auto limits = std::exchange(process_->limits, nullptr);
  process_->gate.is_open = false;
  process_ = nullptr;
  steps_left_ = 0;
  stopping_ = false;
  kill(limits);
  kill(actor);
  destination_.cut(number_ + 1);
  store_.crash();
  on_over();
}

} // namespace sluice::sim
