// The flow-control keys and queues as the outside sees them: checks rate, parallelism, pause, pins
// and order at each start (I5 - I9).
#pragma once

#include <map>
#include <set>

#include "tests/sim/config_history.hpp"
#include "tests/sim/ledger.hpp"
#include "tests/sim/plan.hpp"
#include "tests/sim/rate_windows.hpp"

namespace sluice::sim {

struct Watched {
  explicit Watched(ConfigHistory history) : history(std::move(history)) {}

  ConfigHistory history;
  const KeyPlan* plan = nullptr; ///< Null for a queue and for `$`.
  std::int64_t open = 0; ///< Calls at the destination.
  Starts starts{};
  bool may_be_used = false; ///< By what the program publishes itself: its history knows.
  bool may_be_gone = false; ///< Somebody has deleted this queue.
  std::int64_t most_places = 0; ///< Parallelism that this process may have known.
  std::set<Sequence> seated{}; ///< In a queue: those that this process may have given a slot, which they keep.
  Duration changed_at{-1}; ///< When the disk last took a change of limits, or a reset.
  struct Loss {
    Duration begin{-1};
    std::int64_t starts = 0;
  };
  Loss loss{}; ///< In the period that began then, to crashes.
  std::optional<PutKey> stored{}; ///< What the disk has of it.
};

class KeyWatch {
public:
  KeyWatch(SimTime& time, Journal& journal, const Plan& plan, const Store& disk);

  Watched& at(const FlowControlKey& key);
  const std::map<FlowControlKey, Watched>& all() const { return keys_; }

  /// From now on a callback or a schedule may bring these limits, at a time that nobody sees. They are those that
  /// every message of the key brings.
  void may_use(const FlowControl& flow);
  void on_stored(const Changes& changes);
  /// `tracked` arrives at the destination.
  void on_start(const Tracked& tracked, const Ledger& ledger);
  void on_over(const Message& message) { --at(flow_key(message)).open; }
  /// Starts may be taken back from now on: periods can begin with none that is seen.
  void on_withdrawal();
  void on_process_over();
  /// The whole run is explained by the limits.
  void check_end();

private:
  void note(const PutKey& put);
  void check_config(const FlowControlKey& key, const Watched& watched);
  void check_lease(const FlowControlKey& key, const Watched& watched);
  void check_loss(const FlowControlKey& key, Watched& watched);
  void check_order(const Tracked& tracked, const Ledger& ledger);
  void suspect(Sequence first, Sequence overtaken, const Ledger& ledger);
  std::int64_t places(const FlowControlKey& queue);
  void seat(const FlowControlKey& queue, const Changes& changes);
  void check_queue(const Tracked& tracked);
  bool was_ready(const Tracked& tracked) const;

  SimTime& time_;
  Journal& journal_;
  const Plan& plan_;
  const Store& disk_;
  std::map<FlowControlKey, Watched> keys_;
  int processes_ = 0; ///< That are over.
};

} // namespace sluice::sim
