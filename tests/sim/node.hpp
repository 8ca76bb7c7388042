// One machine: a scheduler that runs on a disk, dies at any step, stops cleanly and starts again.
#pragma once

#include <memory>
#include <vector>

#include "actors/rate_limit_actor.hpp"
#include "actors/scheduler_actor.hpp"
#include "tests/sim/destination.hpp"
#include "tests/sim/sim_store.hpp"

namespace sluice::sim {

class Node {
public:
  Node(SimTime& time, Journal& journal, Random& random, const Plan& plan, SimStore& store, Destination& destination);
  ~Node();

  bool is_up() const { return process_ != nullptr; }
  bool is_stopping() const { return stopping_; }
  /// Grows with each process.
  int number() const { return number_; }
  Duration up_since() const { return up_since_; }

  void start();
  /// Ends the process before the `steps`-th step that an actor makes from now.
  void crash_after(int steps);
  void crash();
  /// Does not wait any longer for a crash that is to come.
  void heal();
  /// Asks it to end in good order, and starts the next one when it has.
  void stop(Duration grace);
  /// Does not start again by itself.
  void shut_down();

  /// The same to the owner of the stored rate limits.
  template <class T, class Call>
  void ask_limits(Call call, std::function<void(Result<T>)> then) {
    call.reply = counted(std::move(then));
    if (process_)
      anon_tell(process_->limits, to_limits::Ask{std::move(call)});
  }

  template <class Call>
  void send(Call call) {
    if (process_)
      anon_tell(process_->actor, std::move(call));
  }

  /// Sends a call; an answer counts only while its process lives.
  template <class T, class Call>
  void ask(Call call, std::function<void(Result<T>)> then) {
    call.reply = counted(std::move(then));
    send(std::move(call));
  }

  /// Called when a process has ended, and when one has begun.
  std::function<void()> on_over;
  std::function<void()> on_up;

private:
  template <class T>
  std::function<void(Result<T>)> counted(std::function<void(Result<T>)> then) {
    return [this, number = number_, then = std::move(then)](Result<T> result) {
      if (process_ && number == number_)
        then(std::move(result));
    };
  }

  /// Lets nothing out of a process that is dead.
  struct Gate : Transport {
    explicit Gate(Transport& behind) : behind(behind) {}
    std::unique_ptr<Call> send(OutgoingRequest request, Done done) override {
      return is_open ? behind.send(std::move(request), std::move(done)) : std::make_unique<Call>();
    }
    Transport& behind;
    bool is_open = true;
  };
  struct Process {
    Process(const Clock& clock, Transport& transport) : context{clock}, gate(transport) {}
    ActorContext context;
    Gate gate;
    caf::actor actor;
    caf::actor limits;
  };

  void before_step(std::deque<caf::resumable*>& jobs);
  void end_process();
  void start_after(Duration pause);

  SimTime& time_;
  Journal& journal_;
  Random& random_;
  const Plan& plan_;
  SimStore& store_;
  Destination& destination_;
  std::vector<std::unique_ptr<Process>> processes_; ///< Their actors may still be there.
  Process* process_ = nullptr;
  int number_ = 0;
  int steps_left_ = 0;
  bool stopping_ = false;
  Duration up_since_{0};
};

} // namespace sluice::sim
