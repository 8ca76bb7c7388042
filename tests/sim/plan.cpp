#include "tests/sim/plan.hpp"

namespace sluice::sim {

namespace {

using namespace std::chrono_literals;

// A fault or a kind of message belongs to a seed or it does not.
int some(Random& random, int percent, int most) { return random.chance(percent) ? random.between(1, most) : 0; }

// Short periods, which are not leased, and longer ones. Slow limits get few messages: see `draw_plan`.
FlowLimits draw_limits(Random& random) {
  static const std::vector<Duration> periods{1s, 1s, 2s, 5s, 6s, 10s, 30s};
  FlowLimits limits;
  bool rated = random.chance(65);
  if (rated) {
    limits.period = random.pick(periods);
    limits.rate = random.between(1, 4) * std::max<std::int64_t>(1, limits.period / 2s);
  }
  if (!rated || random.chance(40))
    limits.parallelism = random.between(1, 4);
  return limits;
}

KeyPlan draw_key(Random& random, int number) {
  KeyPlan plan{{"key" + std::to_string(number)}, {draw_limits(random)}, random.chance(30)};
  if (random.chance(20))
    plan.limits.push_back(draw_limits(random));
  return plan;
}

void draw_workload(Plan& plan, Random& random) {
  plan.horizon = random.between(10s, 200s);
  for (int i = random.between(1, 5); i > 0; --i)
    plan.keys.push_back(draw_key(random, i));
  for (int i = some(random, 40, 2); i > 0; --i)
    plan.queues.push_back({"queue" + std::to_string(i)});
  plan.messages = random.between(20, 250);
  plan.controls = some(random, 60, 40);
  plan.cancels = some(random, 50, 20);
  plan.reads = some(random, 50, 20);
  plan.limit_calls = some(random, 50, 150);
  plan.burst = random.chance(50) ? 1 : random.between(2, 30);
  plan.with_key = random.between(50, 100);
  plan.in_queue = plan.queues.empty() ? 0 : random.between(10, 80);
  plan.delayed = some(random, 50, 60);
  plan.deduplicated = some(random, 40, 60);
  plan.batched = some(random, 40, 60);
  plan.with_callback = some(random, 40, 70);
  plan.with_failure_callback = some(random, 40, 70);
  plan.schedule_calls = some(random, 35, 30);
  // Schedules fire once a minute at most.
  if (plan.schedule_calls > 0)
    plan.horizon += 120s;
}

void draw_destination(Plan& plan, Random& random) {
  plan.latency = std::chrono::milliseconds{random.between(0, 1) * random.between(1, 3000)};
  plan.slow = some(random, 20, 20);
  plan.errors = some(random, 60, 50);
  plan.lost_answers = some(random, 30, 20);
  plan.hangs = some(random, 20, 10);
  plan.retry_after = some(random, 30, 50);
}

void draw_faults(Plan& plan, Random& random) {
  plan.commit = std::chrono::milliseconds{random.between(0, 1) * random.between(1, 100)};
  plan.slow_commits = some(random, 20, 10);
  plan.refused_commits = some(random, 15, 10);
  plan.crashes = some(random, 60, 5);
  if (plan.schedule_calls > 0)
    plan.crashes_at_firings = some(random, 50, 5);
  plan.clean_stops = some(random, 30, 3);
  plan.full_disks = some(random, 20, 3);
  plan.broken_disks = some(random, 15, 2);
  plan.wall_jumps = some(random, 25, 4);
  plan.shuffles_actors = random.chance(50);
}

void draw_options(Plan& plan, Random& random) {
  auto& options = plan.options;
  options.signing_keys = {"sig_a", "sig_b"};
  options.global_parallelism = random.chance(30) ? random.between(1, 6) : 512;
  options.max_timeout = std::chrono::seconds{random.between(2, 20)};
  options.idle_key_after = random.chance(40) ? 2s : 60s;
  options.max_idle_keys = random.chance(20) ? 1 : 4096;
  options.deduplication_window = random.chance(30) ? 10s : 600s;
  // What has ended must stay readable for the checks.
  options.retention.finished = 24h * 365;
  options.grace = std::chrono::seconds{random.between(0, 5)};
}

} // namespace

Plan draw_plan(Random& random) {
  Plan plan;
  draw_workload(plan, random);
  draw_destination(plan, random);
  draw_faults(plan, random);
  draw_options(plan, random);
  return plan;
}

} // namespace sluice::sim
