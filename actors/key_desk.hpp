// The calls of operators: flow-control keys and queues, their state and their operations.
#pragma once

#include "actors/cancellations.hpp"
#include "actors/workplace.hpp"

namespace sluice {

class KeyDesk {
public:
  explicit KeyDesk(Workplace& place) : place_(place) {}

  void operate(to_scheduler::Operate& call);
  void find(const FlowControlKey& key, Reply<FlowControlInfo> reply);
  void list(FlowControlQuery query, Reply<std::vector<FlowControlInfo>> reply);

  void set_queue(const QueueName& queue, QueueSettings settings, Operator by, Reply<void> reply);
  void find_queue(const QueueName& queue, Reply<QueueInfo> reply) const;
  void list_queues(Reply<std::vector<QueueInfo>> reply) const;

  /// Makes a lease known to the store, so that a key may go on starting.
  void lease(const to_scheduler::WantLease& want);
  /// A key whose actor has died too often stays paused, also after a restart.
  void stop_failed(KeySupervisor::Handle key);
  /// Drops keys from memory that have nothing to do.
  void retire_idle();

private:
  struct Inspection;

  void go_on(const std::shared_ptr<Inspection>& inspection);
  void commit(KeySupervisor::Handle key, core::FlowOperation operation, KeySupervisor::Prepared prepared,
              Reply<void> reply);
  QueueInfo describe(const QueueName& queue, const FlowState& state) const;

  Workplace& place_;
};

} // namespace sluice
