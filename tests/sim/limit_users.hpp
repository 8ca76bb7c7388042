// Those who take from stored rate limits: checks that what was answered as taken stays taken, whatever happens to the
// process, and that nothing else is gone (I19).
//
// The limit never refills, so that the counts are exact however the clocks jump.
#pragma once

#include <map>

#include "tests/sim/node.hpp"

namespace sluice::sim {

class LimitUsers {
public:
  LimitUsers(Journal& journal, Random& random, Node& node) : journal_(journal), random_(random), node_(node) {}

  /// One call, of any kind.
  void call();
  void on_process_over();
  /// Reads every bucket before anybody changes it.
  void on_up();

private:
  /// What is known of a bucket: each answer tells of a step that is stored, in the order of the steps.
  struct Bucket {
    double taken = 0; ///< As answered.
    double asked = 0; ///< By calls that are not answered.
    double refused = 0; ///< So far, by calls that were; a read that was asked before the refusal may have seen them.
    int resets = 0; ///< Not answered.
    double lost = 0; ///< Asked of a process that is over.
    bool may_be_reset = false; ///< The same.
    std::map<ReservationId, double> reservations;
  };

  void take(const std::string& key);
  void acquire(const std::string& key);
  void reserve(const std::string& key);
  void commit(const std::string& key);
  void reset(const std::string& key);
  void read(const std::string& key, std::function<void(double taken)> then);
  void on_answered(Bucket& bucket, double count, bool granted);
  Reply<LimitAnswer> on_taken(const std::string& key, double count);
  void check(const std::string& key, double least, double most, double found);

  Journal& journal_;
  Random& random_;
  Node& node_;
  std::map<std::string, Bucket> buckets_;
};

} // namespace sluice::sim
