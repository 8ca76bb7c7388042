// What one seed is about: a swarm of its own limits, workload and faults.
#pragma once

#include <vector>

#include "sluice/scheduler.hpp"
#include "tests/sim/random.hpp"

namespace sluice::sim {

struct KeyPlan {
  FlowControlKey key;
  std::vector<FlowLimits> limits; ///< What its messages bring: always the same, or one of two.
  bool is_pinned_at_times = false;

  /// Its limits are the same from its first message on.
  bool is_steady() const { return limits.size() == 1 && !is_pinned_at_times; }
};

/// Percentages are of messages, attempts or commits.
struct Plan {
  Duration horizon{0}; ///< Clients and faults are active so long.
  std::vector<KeyPlan> keys;
  std::vector<QueueName> queues;

  int messages = 0;
  int controls = 0; ///< Calls of operators.
  int cancels = 0;
  int reads = 0;
  int limit_calls = 0; ///< Calls on stored rate limits.
  int schedule_calls = 0;
  int burst = 1; ///< Messages published at once, at most.
  int with_key = 0;
  int in_queue = 0;
  int delayed = 0;
  int deduplicated = 0;
  int batched = 0;
  int with_callback = 0;
  int with_failure_callback = 0;

  std::chrono::milliseconds latency{0}; ///< Of the destination, at most, but for the slow ones.
  int slow = 0;
  int errors = 0;
  int lost_answers = 0;
  int hangs = 0;
  int retry_after = 0;

  std::chrono::milliseconds commit{0}; ///< How long a commit takes, at most, but for the slow ones.
  int slow_commits = 0;
  int refused_commits = 0;

  int crashes = 0;
  int crashes_at_firings = 0; ///< About when a schedule fires.
  int clean_stops = 0;
  int full_disks = 0;
  int broken_disks = 0;
  int wall_jumps = 0;
  bool shuffles_actors = false;

  SchedulerOptions options;
};

Plan draw_plan(Random& random);

} // namespace sluice::sim
