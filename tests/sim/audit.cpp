#include "tests/sim/audit.hpp"

#include <algorithm>

namespace sluice::sim {

namespace {

using namespace std::chrono_literals;

bool explains(const core::FlowConfig& config, const FlowControlInfo& info) {
  const auto& limits = config.limits;
  return info.is_paused == config.paused && info.is_pinned_parallelism == config.pinned_parallelism &&
         info.is_pinned_rate == config.pinned_rate && info.parallelism_max == limits.parallelism.value_or(0) &&
         info.rate_max == limits.rate.value_or(0) && info.rate_period == (limits.rate ? limits.period : Duration{0});
}

bool may_start(const FlowControlInfo& info) {
  return info.waitlist_size > 0 && !info.is_paused &&
         (info.parallelism_max == 0 || info.parallelism_count < info.parallelism_max) &&
         (info.rate_max == 0 || info.rate_count < info.rate_max);
}

} // namespace

Audit::Audit(SimTime& time, Journal& journal, const Plan& plan, SimStore& store, Ledger& ledger, KeyWatch& keys,
             Destination& destination, Node& node)
    : time_(time),
      journal_(journal),
      plan_(plan),
      store_(store),
      ledger_(ledger),
      keys_(keys),
      destination_(destination),
      node_(node) {
  store_.on_refused = [this] { refused_at_ = time_.elapsed(); };
}

bool Audit::is_calm() const {
  auto now = time_.elapsed();
  bool jumped = time_.jumped_at() && now - *time_.jumped_at() < 2s;
  return node_.is_up() && !node_.is_stopping() && !store_.is_full() && !jumped &&
         (refused_at_ < Duration{0} || now - refused_at_ > 3s);
}

void Audit::run() {
  if (!is_calm())
    return idle_.clear();
  node_.ask<GlobalParallelism>(to_scheduler::CountCalls{}, [this](auto calls) { check_calls(*calls); });
  for (const auto& plan : plan_.keys)
    node_.ask<FlowControlInfo>(to_scheduler::FindKey{plan.key, {}}, [this, asked = time_.elapsed()](auto info) {
      if (info) {
        check_config(*info, asked);
        check(*info);
      }
    });
}

void Audit::check_calls(const GlobalParallelism& calls) {
  has_permits_ = calls.count < calls.max;
  if (static_cast<std::size_t>(calls.count) != destination_.open())
    journal_.violate("I11: ", calls.count, " calls are counted and ", destination_.open(), " are open");
}

void Audit::check_config(const FlowControlInfo& info, Duration asked) {
  auto possible = keys_.at(info.key).history.possible(asked);
  if (std::none_of(possible.begin(), possible.end(), [&](const auto& one) { return explains(one, info); }))
    journal_.violate("I8, I18: the configuration of ", info.key.text, " is not what was answered: paused ",
                     info.is_paused, " pinned ", info.is_pinned_parallelism, info.is_pinned_rate, " parallelism ",
                     info.parallelism_max, " rate ", info.rate_max);
}

void Audit::check(const FlowControlInfo& info) {
  const auto& watched = keys_.at(info.key);
  journal_.note("audit ", info.key.text, " waiting ", info.waitlist_size, " calls ", info.parallelism_count, " rate ",
                info.rate_count, '/', info.rate_max);
  // A start that meets a cancellation holds its slot until that is committed.
  if (info.parallelism_count < watched.open || info.parallelism_count > watched.open + cancelling(info.key))
    journal_.violate("I11: ", info.key.text, " counts ", info.parallelism_count, " calls of ", watched.open);
  check_waitlist(info, watched);
  check_progress(info, watched);
}

std::int64_t Audit::cancelling(const FlowControlKey& key) const {
  return std::count_if(ledger_.messages().begin(), ledger_.messages().end(), [&](const auto& one) {
    const auto& tracked = one.second;
    return tracked.cancel_began && !tracked.is_over() && !tracked.in_work && flow_key(*tracked.message) == key;
  });
}

// Messages that a queue has let through are listed under the queue, and are left out of this.
void Audit::check_waitlist(const FlowControlInfo& info, const Watched&) {
  if (!plan_.queues.empty())
    return;
  std::int64_t in_work = 0;
  for (const auto& [sequence, tracked] : ledger_.messages())
    in_work += tracked.in_work && flow_key(*tracked.message) == info.key;
  auto count = [&](Duration ahead) {
    auto upto = time_.now().wall + std::chrono::floor<std::chrono::milliseconds>(ahead);
    return static_cast<std::int64_t>(store_.waiting_count(info.key, upto)) - in_work;
  };
  if (info.waitlist_size < count(0s) - cancelling(info.key) || info.waitlist_size > count(time_.back()))
    journal_.violate("I11: ", info.key.text, " counts ", info.waitlist_size, " waiting instead of ", count(0s));
}

void Audit::check_progress(const FlowControlInfo& info, const Watched& watched) {
  auto& text = info.key.text;
  if (!has_permits_ || !may_start(info)) {
    idle_.erase(text);
    return;
  }
  Idle now{time_.elapsed(), watched.starts.times.size(), node_.number()};
  auto& before = idle_.try_emplace(text, now).first->second;
  if (before.starts != now.starts || before.process != now.process)
    before = now;
  auto patience = 1s + 3 * (plan_.slow_commits > 0 ? Duration{3s} : Duration{plan_.commit});
  if (now.since - before.since > patience)
    journal_.violate("I10: ", text, " starts nothing although it may");
}

} // namespace sluice::sim
