// Looks at a quiet moment whether the counters that users read are true, and whether something that
// may start does not (I10, I11).
#pragma once

#include "tests/sim/node.hpp"

namespace sluice::sim {

class Audit {
public:
  Audit(SimTime& time, Journal& journal, const Plan& plan, SimStore& store, Ledger& ledger, KeyWatch& keys,
        Destination& destination, Node& node);

  /// Asks for every key; at a moment when nothing else happens.
  void run();
  /// The limits of `key` as read must be among those that its calls explain.
  void check_config(const FlowControlInfo& info, Duration asked);
  /// Nothing is wrong, and has not been for a while.
  bool is_calm() const;

private:
  /// A key that could start something.
  struct Idle {
    Duration since;
    std::size_t starts;
    int process;
  };

  void check_calls(const GlobalParallelism& calls);
  void check(const FlowControlInfo& info);
  std::int64_t cancelling(const FlowControlKey& key) const;
  void check_waitlist(const FlowControlInfo& info, const Watched& watched);
  void check_progress(const FlowControlInfo& info, const Watched& watched);

  SimTime& time_;
  Journal& journal_;
  const Plan& plan_;
  SimStore& store_;
  Ledger& ledger_;
  KeyWatch& keys_;
  Destination& destination_;
  Node& node_;
  Duration refused_at_{-1000};
  bool has_permits_ = false;
  std::map<std::string, Idle> idle_;
};

} // namespace sluice::sim
