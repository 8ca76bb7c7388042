// Drives the controller with random operation sequences and checks the invariants that
// every moment must keep, against a model that keeps everything in plain lists.
#include "actors/core/flow_controller.hpp"

#include <map>
#include <random>
#include <set>

#include <catch2/catch.hpp>

#include "actors/core/lease.hpp"

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::core;

namespace {

const TimePoint t0{1000s};
const WallTime wall0{1'700'000'000s};

// What the outside may observe, kept naively.
class Model {
public:
  explicit Model(unsigned seed) : random_(seed) {}

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      drain();
      check();
    }
    finish();
  }

private:
  int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  Now now() const { return {t0 + elapsed_, wall0 + std::chrono::floor<std::chrono::milliseconds>(elapsed_)}; }
  WaitPosition position() { return {now().wall, ++last_}; }

  void step() {
    switch (pick(12)) {
    case 0:
    case 1:
    case 2:
      for (int n = pick(pick(20) == 0 ? 700 : 4) + 1; n > 0; --n)
        arrive(position());
      break;
    case 3: // A retry or a delay that was due a little earlier.
      arrive({now().wall - std::chrono::milliseconds{pick(50)}, ++last_});
      break;
    case 4:
    case 5:
    case 6:
      for (int n = pick(6); n > 0 && !running_.empty(); --n)
        finish_one(*std::next(running_.begin(), pick(static_cast<int>(running_.size()))));
      break;
    case 7:
      if (!waiting_.empty())
        withdraw(*std::next(waiting_.begin(), pick(static_cast<int>(waiting_.size()))));
      break;
    case 8:
      operate(random_operation());
      break;
    default:
      elapsed_ += std::chrono::milliseconds{pick(3) == 0 ? pick(3000) : pick(100)};
    }
  }

  FlowLimits random_limits() {
    FlowLimits limits;
    if (pick(3) > 0)
      limits.rate = 1 + pick(8);
    if (pick(3) > 0)
      limits.parallelism = 1 + pick(6);
    limits.period = std::chrono::seconds{1 + pick(3) + (pick(3) == 0 ? 5 : 0)};
    return limits;
  }

  FlowOperation random_operation() {
    switch (pick(8)) {
    case 0:
    case 1:
      return UseLimits{random_limits()};
    case 2: {
      auto limits = random_limits();
      return PinRequest{limits.parallelism, limits.rate, pick(2) ? std::optional(limits.period) : std::nullopt};
    }
    case 3:
      return UnpinRequest{pick(2) == 0, pick(2) == 0};
    case 4:
      return Pause{};
    case 5:
    case 6:
      return Resume{};
    default:
      return pick(2) ? FlowOperation{ResetRate{}} : FlowOperation{Reset{}};
    }
  }

  void arrive(WaitPosition position) {
    waiting_.insert(position);
    controller_.on_waiting(position);
  }

  void withdraw(WaitPosition position) {
    waiting_.erase(position);
    controller_.on_withdrawn(position);
  }

  void finish_one(Sequence sequence) {
    running_.erase(sequence);
    controller_.on_finished(sequence);
  }

  void operate(const FlowOperation& operation) {
    end_period_if_over();
    auto config = apply(config_, operation);
    if (!config)
      return; // The sequencer refuses it and tells no key.
    // I8: a pinned part changes by a pin alone.
    if (std::holds_alternative<UseLimits>(operation)) {
      if (config_.pinned_parallelism)
        CHECK(config->limits.parallelism == config_.limits.parallelism);
      if (config_.pinned_rate)
        CHECK((config->limits.rate == config_.limits.rate && config->limits.period == config_.limits.period));
    }
    config_ = *config;
    if (starts_period(operation)) {
      period_start_ = now().steady;
      starts_ = 0;
    }
    epoch_ += starts_period(operation);
    controller_.on_operation(operation, epoch_, now());
  }

  void end_period_if_over() {
    if (period_start_ && now().steady >= *period_start_ + config_.limits.period) {
      period_start_.reset();
      starts_ = 0;
    }
  }

  bool may_start() {
    end_period_if_over();
    auto room = [](std::optional<std::int64_t> limit, std::size_t used) {
      return !limit || used < static_cast<std::size_t>(*limit);
    };
    return !config_.paused && !waiting_.empty() && room(config_.limits.parallelism, running_.size()) &&
           room(config_.limits.rate, starts_);
  }

  void drain() {
    for (;;) {
      while (auto after = controller_.poll_refill())
        refill(*after);
      bool may = may_start();
      if (auto lease = controller_.poll_lease(now()))
        grant(*lease);
      auto sequence = controller_.poll_start(now());
      // I5, I6, I7 forbid a start; I10 demands one.
      REQUIRE(sequence.has_value() == may);
      if (!sequence)
        return;
      REQUIRE(*sequence == waiting_.begin()->sequence); // I9
      waiting_.erase(waiting_.begin());
      running_.insert(*sequence);
      if (config_.limits.rate) {
        if (!period_start_)
          period_start_ = now().steady;
        ++starts_;
      }
      if (is_leased(config_.limits)) {
        // What the store knows covers every start, and at most one lease is lost by a crash.
        REQUIRE(leased_.start == period_start_);
        REQUIRE(leased_.count >= static_cast<std::int64_t>(starts_));
        REQUIRE(leased_.count - static_cast<std::int64_t>(starts_) < lease_size(config_.limits));
      }
    }
  }

  void grant(const Lease& lease) {
    REQUIRE(lease.epoch == epoch_);
    leased_ = lease.window;
    controller_.on_leased(lease, now());
  }

  void refill(WaitPosition after) {
    std::vector<WaitPosition> slice;
    auto from = waiting_.upper_bound(after);
    for (int n = 1 + pick(300); n > 0 && from != waiting_.end(); --n)
      slice.push_back(*from++);
    controller_.on_refilled(slice, from == waiting_.end());
  }

  void check() {
    end_period_if_over();
    auto info = controller_.info(now());
    // I11
    REQUIRE(info.waitlist_size == static_cast<std::int64_t>(waiting_.size()));
    REQUIRE(info.parallelism_count == static_cast<std::int64_t>(running_.size()));
    REQUIRE(info.rate_count == static_cast<std::int64_t>(starts_));
    REQUIRE(info.parallelism_max == config_.limits.parallelism.value_or(0));
    REQUIRE(info.rate_max == config_.limits.rate.value_or(0));
    REQUIRE(info.is_paused == config_.paused);
    // I10: what waits for time alone has a wake-up, never later than the period's end.
    bool rate_full = config_.limits.rate && starts_ >= static_cast<std::size_t>(*config_.limits.rate);
    bool slot_free =
        !config_.limits.parallelism || running_.size() < static_cast<std::size_t>(*config_.limits.parallelism);
    if (!config_.paused && !waiting_.empty() && rate_full && slot_free)
      REQUIRE(controller_.next_wakeup() == *period_start_ + config_.limits.period);
    else
      REQUIRE_FALSE(controller_.next_wakeup());
  }

  // Everything drains once nothing holds it back.
  void finish() {
    operate(Resume{});
    for (int guard = 0; !waiting_.empty() || !running_.empty(); ++guard) {
      REQUIRE(guard < 100'000);
      drain();
      if (!running_.empty())
        finish_one(*running_.begin());
      else
        elapsed_ += 500ms;
    }
    check();
  }

  std::mt19937 random_;
  FlowController controller_;
  FlowConfig config_;
  Duration elapsed_{0};
  Sequence last_ = 0;
  std::set<WaitPosition> waiting_;
  std::set<Sequence> running_;
  std::optional<TimePoint> period_start_;
  std::size_t starts_ = 0;
  RateWindow leased_;
  std::uint64_t epoch_ = 0;
};

} // namespace

TEST_CASE("FlowController keeps its invariants through random operations", "[flow]") {
  for (unsigned seed = 1; seed <= 3000; ++seed) {
    INFO("seed " << seed);
    Model(seed).run(120);
  }
}
