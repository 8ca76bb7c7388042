// What is on the disk, and what the destination saw of each message: checks that nothing is lost,
// ends twice, starts early or starts without a reason (I1 - I4, I12, I14).
#pragma once

#include <map>
#include <set>

#include "actors/store/store.hpp"
#include "tests/sim/journal.hpp"
#include "tests/sim/sim_time.hpp"

namespace sluice::sim {

/// An attempt as the destination sees it.
struct Seen {
  int retried;
  int process;
  Duration at{0};
  std::optional<int> told; ///< The status that reached the process; 0 for none.
  Duration not_again_before{0}; ///< On the furthest clock, as the answer asks for.
};

struct Tracked {
  int number; ///< Of the request; 0 for a callback or what a schedule published.
  std::shared_ptr<const Message> message;
  Duration listed_at{0}; ///< Since when the disk has it as waiting.
  MessageRow::State state = MessageRow::State::pending;
  std::optional<Seen> last;
  bool in_work = false; ///< Started, and what follows is not on the disk.
  Duration not_before{0}; ///< On the furthest clock.
  std::optional<Duration> cancelled_at; ///< When somebody was told so.
  bool cancel_began = false; ///< Somebody has asked for its end.

  bool is_over() const { return state != MessageRow::State::pending; }
};

class Ledger {
public:
  Ledger(const SimTime& time, Journal& journal) : time_(time), journal_(journal) {}

  /// A client publishes the `number`-th request, which is not due before `not_before`; both on the furthest clock.
  void on_call(int number, Duration now, Duration not_before) { calls_[number] = {now, not_before}; }
  /// Those requests are one batch.
  void on_batch(int first, int last);
  /// A client was told that its message is safe, or that it is a duplicate of one that is.
  void on_accepted(MessageId id, int number, const PublishRequest& request, bool is_new);
  /// The same for one that came from the DLQ.
  void on_retried(MessageId id);
  void on_cancelled(Sequence sequence);
  /// Any message that has not ended may be cancelled, and any that comes, until that is over.
  void on_bulk_cancel();
  void on_bulk_cancel_over() { --bulk_cancels_; }

  void on_stored(const Changes& changes);
  /// An attempt arrives at the destination; null if that must not be.
  Tracked* on_start(MessageId id, int retried, int process);
  /// The process ended: what it did not store is open again.
  void on_process_over();

  const std::map<Sequence, Tracked>& messages() const { return messages_; }
  Tracked& at(Sequence sequence) { return messages_.at(sequence); }
  bool contains(Sequence sequence) const { return messages_.contains(sequence); }
  const std::set<DlqId>& dlq() const { return dlq_; }
  /// The messages whose entries leave the DLQ with `changes`.
  std::vector<std::shared_ptr<const Message>> leaving_dlq(const Changes& changes) const;
  /// How many have not ended.
  std::size_t open() const;
  /// Everything has ended; the disk holds what it should.
  void check_end(const Store& disk, Duration deduplication_window);
  /// What was accepted and has not ended is on the disk.
  void check_disk(const Store& disk);

private:
  struct Call {
    Duration at;
    Duration not_before;
  };

  void store(const InsertMessage& change);
  void store(const RetryMessage& change);
  void store(const FinishMessage& change);
  void store(const InsertDlqEntry& change);
  void store(const DeleteDlqEntry& change);
  template <class Other>
  void store(const Other&) {}

  void check_number(int number);
  void check_duplicates(Duration window);
  void check_order(const Tracked& tracked, int retried, int process);
  void check_end_of(const Tracked& tracked, const FinishMessage& change);

  const SimTime& time_;
  Journal& journal_;
  std::map<Sequence, Tracked> messages_;
  std::map<int, Call> calls_; ///< By the number of the request.
  std::map<int, int> batches_; ///< The first request of the batch that a request is in.
  std::map<int, std::size_t> batch_groups_; ///< The group that a batch is in, by its first request.
  std::size_t groups_ = 0; ///< That reached the disk.
  int last_number_ = 0; ///< Of those on the disk.
  std::set<int> stored_numbers_;
  int bulk_cancels_ = 0; ///< Under way.
  std::set<DlqId> dlq_;
  std::set<Sequence> accepted_;
};

/// The number in a simulated destination's URL; 0 if it has none.
int number_of(const std::string& url);
std::string url_of(int number);

/// Where callbacks go.
extern const std::string callback_url;
extern const std::string failure_url;
bool is_callback(const Message& message);

} // namespace sluice::sim
