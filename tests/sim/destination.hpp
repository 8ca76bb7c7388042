// Where messages go: it is slow at times, fails, hangs, and loses answers. A process that dies
// takes its open calls with it.
#pragma once

#include <map>
#include <set>

#include "sluice/transport.hpp"
#include "tests/sim/key_watch.hpp"

namespace sluice::sim {

class Destination final : public Transport {
public:
  Destination(SimTime& time, Journal& journal, Random& random, const Plan& plan, Ledger& ledger, KeyWatch& keys)
      : time_(time), journal_(journal), random_(random), plan_(plan), ledger_(ledger), keys_(keys) {}

  std::unique_ptr<Call> send(OutgoingRequest request, Done done) override;

  /// The process is gone, and with it its connections; the next one is called `process`.
  void cut(int process);
  /// No faults any more.
  void heal() { healed_ = true; }
  std::size_t open() const { return open_.size(); }
  bool is_open(Sequence sequence) const { return open_.contains(sequence); }

  /// Told of an answer that is on its way to the process; true if it gets lost inside it.
  std::function<bool()> loses_outcome;

private:
  struct Answer {
    Duration latency;
    Outcome outcome;
  };
  struct SentCall;

  Answer draw_answer(const OutgoingRequest& request);
  int draw_status();
  void end(Sequence sequence, int process, Outcome outcome, const Done& done);
  void forget(Sequence sequence, int process);
  Duration delay_before_retry(const Message& message, const Outcome& outcome, int retried) const;

  SimTime& time_;
  Journal& journal_;
  Random& random_;
  const Plan& plan_;
  Ledger& ledger_;
  KeyWatch& keys_;
  int process_ = 0;
  bool is_cut_ = false;
  bool healed_ = false;
  std::set<Sequence> open_;
};

} // namespace sluice::sim
