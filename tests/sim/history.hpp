// Which states a thing may have, given the calls that clients made: each was carried out, in the order of
// the calls, if it was answered with success; it was not if it was answered with an error; otherwise nobody
// knows.
#pragma once

#include <algorithm>
#include <deque>
#include <vector>

#include "sluice/result.hpp"
#include "sluice/time.hpp"

namespace sluice::sim {

/// `apply(State, const Operation&)` is the state after an operation, or an error if it has none.
template <class State, class Operation, auto apply>
class History {
public:
  using Number = std::size_t;

  explicit History(State initial) : base_{std::move(initial)} {}

  /// An operation is on its way.
  Number call(Operation operation) {
    forget_old();
    calls_.push_back({std::move(operation), Fate::open});
    return forgotten_ + calls_.size() - 1;
  }
  /// One that may or may not come to be, whatever is answered.
  void call_unsure(Operation operation) { calls_.push_back({std::move(operation), Fate::unknown}); }

  void answer(Number number, bool succeeded, Duration now) {
    auto& call = calls_.at(number - forgotten_);
    call.fate = succeeded ? Fate::succeeded : Fate::failed;
    call.answered_at = now;
  }

  /// The process is gone: what was not answered never will be.
  void on_process_over() {
    for (auto& call : calls_)
      if (call.fate == Fate::open)
        call.fate = Fate::unknown;
  }

  /// What may be in force now, for somebody who asked at `asked`: what was answered since counts as unknown.
  std::vector<State> possible(Duration asked) const {
    auto states = base_;
    for (const auto& call : calls_)
      states = after(states, call, call.answered_at < asked);
    return states;
  }

private:
  static constexpr std::size_t max_remembered = 32;

  enum class Fate { open, unknown, succeeded, failed };
  struct Call {
    Operation what;
    Fate fate;
    Duration answered_at{0};
  };

  static std::vector<State> after(const std::vector<State>& before, const Call& call, bool is_sure) {
    std::vector<State> all;
    for (const auto& state : before) {
      bool unknown = call.fate == Fate::open || call.fate == Fate::unknown || !is_sure;
      if (call.fate == Fate::failed || unknown)
        add(all, state);
      if (call.fate != Fate::failed)
        if (auto applied = apply(state, call.what))
          add(all, *applied);
    }
    return all;
  }

  static void add(std::vector<State>& all, State state) {
    if (std::find(all.begin(), all.end(), state) == all.end())
      all.push_back(std::move(state));
  }

  void forget_old() {
    while (calls_.size() > max_remembered && calls_.front().fate != Fate::open) {
      base_ = after(base_, calls_.front(), true);
      calls_.pop_front();
      ++forgotten_;
    }
  }

  std::vector<State> base_;
  std::deque<Call> calls_;
  Number forgotten_ = 0;
};

} // namespace sluice::sim
