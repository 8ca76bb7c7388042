// Withdraws messages: one, or all that a filter selects, in slices that stall nobody.
#pragma once

#include <unordered_map>

#include "actors/attempts.hpp"
#include "actors/workplace.hpp"

namespace sluice {

class Cancellations {
public:
  Cancellations(Workplace& place, Attempts& attempts) : place_(place), attempts_(attempts) {}

  void cancel(MessageId id, Operator by, Reply<void> reply);
  void cancel_all(CancelFilter filter, Operator by, Reply<std::size_t> reply);
  /// Cancels everything in a queue, then forgets it.
  void delete_queue(QueueName queue, Operator by, Reply<void> reply);

  /// Ends a message whose cancellation was accepted while an attempt ran.
  void end(const MessageRow& row);

  /// True for a message whose cancellation is being committed; should that fail, it waits again.
  bool refuses(const to_scheduler::Start& start);

private:
  /// A waiting message whose end is being committed.
  struct Withdrawn {
    std::shared_ptr<const Message> message;
    KeySupervisor::Handle key;
    WaitPosition position;
    WaitPosition order;
  };
  struct Slice {
    std::vector<Withdrawn> waiting;
    std::vector<Sequence> running;
  };
  struct Sweep;

  /// A start that came while the end of its message was being committed.
  enum class Refused { none, first, guest };

  bool is_cancelling(Sequence sequence) const { return cancelling_.contains(sequence); }
  bool stage(const MessageRow& row, Slice& slice);
  void stage_waiting(const MessageRow& row, Slice& slice);
  void settle(const Slice& slice, bool stored);
  void withdraw(const Withdrawn& one);
  void take_back(const Withdrawn& one, Refused refused);
  void go_on(std::shared_ptr<Sweep> sweep);
  std::vector<MessageRow> next_rows(Sweep& sweep) const;
  void commit(std::shared_ptr<Sweep> sweep, Slice slice, std::size_t count);
  bool has_new(const FlowControlKey& queue) const;
  void drop_queue(KeySupervisor::Handle queue, const Operator& by, Reply<void> reply);

  Workplace& place_;
  Attempts& attempts_;
  std::unordered_map<Sequence, Refused> cancelling_;
};

} // namespace sluice
