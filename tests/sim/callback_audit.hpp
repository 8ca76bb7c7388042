// Looks at each group of changes whether it stores, with the outcome of an attempt, the callbacks that tell of it, each
// once, and no others (I16).
#pragma once

#include <map>
#include <vector>

#include "tests/sim/key_watch.hpp"

namespace sluice::sim {

class CallbackAudit {
public:
  CallbackAudit(Journal& journal, const Ledger& ledger, KeyWatch& keys)
      : journal_(journal), ledger_(ledger), keys_(keys) {}

  /// The ledger has taken them.
  void on_stored(const Changes& changes);

private:
  /// Whom a callback tells, and of which attempt.
  struct Report {
    std::string url;
    Sequence source;
    int retried;
    int status;

    bool operator==(const Report&) const = default;
  };
  struct Callback {
    std::shared_ptr<const Message> message;
    Report report;
  };

  static Report report_of(const Message& callback);
  void expect(const RetryMessage& change);
  void expect(const FinishMessage& change);
  template <class Other>
  void expect(const Other&) {}
  void expect(const std::string& url, const Tracked& source, int attempts);
  void check_queue(const Tracked& source, const Message& callback);
  void check_others(const Changes& changes);

  Journal& journal_;
  const Ledger& ledger_;
  KeyWatch& keys_;
  std::map<Sequence, int> attempts_; ///< Of each message, that have been told.
  std::vector<Callback> found_; ///< In the group that is looked at.
};

} // namespace sluice::sim
