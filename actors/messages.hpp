// Every message between two actors, grouped by direction.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "actors/caf.hpp"
#include "actors/core/flow_controller.hpp"
#include "actors/core/permit_pool.hpp"
#include "sluice/scheduler.hpp"

namespace sluice {

class Signer;

/// A message without number and times.
inline std::shared_ptr<Message> unnumbered(PublishRequest request) {
  auto message = std::make_shared<Message>();
  message->request = std::move(request);
  return message;
}

/// Pairs an answer with what was asked.
using Ticket = std::uint64_t;

namespace to_scheduler {

// From the facade. Each reply is called exactly once.
struct Publish {
  std::shared_ptr<Message> message; ///< Unnumbered; its request was checked.
  Reply<Published> reply;
};
struct PublishBatch {
  std::vector<Result<PublishRequest>> requests; ///< As checked.
  Reply<std::vector<BatchAnswer>> reply;
};
struct FindMessage {
  MessageId id;
  Reply<MessageInfo> reply;
};
struct Cancel {
  MessageId id;
  Operator by;
  Reply<void> reply;
};
struct CancelAll {
  CancelFilter filter;
  Operator by;
  Reply<std::size_t> reply;
};
struct Operate {
  FlowControlKey key;
  core::FlowOperation operation;
  Operator by;
  Reply<void> reply;
};
struct FindKey {
  FlowControlKey key;
  Reply<FlowControlInfo> reply;
};
struct ListKeys {
  FlowControlQuery query;
  Reply<std::vector<FlowControlInfo>> reply;
};
struct CountCalls {
  Reply<GlobalParallelism> reply;
};
struct ListDlq {
  DlqQuery query;
  Reply<DlqPage> reply;
};
struct FindDlqEntry {
  DlqId id;
  Reply<DlqEntry> reply;
};
struct DeleteDlq {
  DlqBulk bulk;
  Operator by;
  Reply<DlqDeleted> reply;
};
struct RetryDlq {
  DlqBulk bulk;
  RetryOverrides overrides;
  Operator by;
  Reply<DlqRetried> reply;
};
struct SetQueue {
  QueueName queue;
  QueueSettings settings;
  Operator by;
  Reply<void> reply;
};
struct FindQueue {
  QueueName queue;
  Reply<QueueInfo> reply;
};
struct ListQueues {
  Reply<std::vector<QueueInfo>> reply;
};
struct DeleteQueue {
  QueueName queue;
  Operator by;
  Reply<void> reply;
};
struct AddEndpoints {
  UrlGroupName group;
  std::vector<Endpoint> endpoints;
  Operator by;
  Reply<void> reply;
};
struct RemoveEndpoints {
  UrlGroupName group;
  std::vector<EndpointSelector> which;
  Operator by;
  Reply<void> reply;
};
struct SetUrlGroupDefaults {
  UrlGroupName group;
  Headers defaults;
  Operator by;
  Reply<void> reply;
};
struct DeleteUrlGroup {
  UrlGroupName group;
  Operator by;
  Reply<void> reply;
};
struct FindUrlGroup {
  UrlGroupName group;
  Reply<UrlGroup> reply;
};
struct FindUrlGroupDefaults {
  std::vector<UrlGroupName> groups;
  Reply<UrlGroupDefaults> reply;
};
struct ListUrlGroups {
  Reply<std::vector<UrlGroup>> reply;
};
struct ListLog {
  LogQuery query;
  Reply<LogPage> reply;
};
struct ListAudit {
  AuditQuery query;
  Reply<std::vector<AuditEntry>> reply;
};
struct CreateSchedule {
  ScheduleSpec spec;
  Operator by;
  Reply<ScheduleId> reply;
};
struct FindSchedule {
  ScheduleId id;
  Reply<Schedule> reply;
};
struct ListSchedules {
  ScheduleQuery query;
  Reply<std::vector<Schedule>> reply;
};
struct DeleteSchedule {
  ScheduleId id;
  Operator by;
  Reply<void> reply;
};
struct SetSchedulePaused {
  ScheduleId id;
  bool paused;
  Operator by;
  Reply<void> reply;
};
struct ReadSigningKeys {
  Reply<SigningKeys> reply;
};
struct RotateSigningKeys {
  Operator by;
  Reply<SigningKeys> reply;
};
struct AskHindrance {
  Reply<std::string> reply;
};
/// No start after this; `done` once nothing is in flight or `grace` is over.
struct Stop {
  Duration grace;
  std::function<void()> done;
};

// From key actors. A number that is no longer in use belongs to an actor that died.
struct Start {
  core::KeyNumber key;
  core::Sequence sequence;
  core::RateWindow window; ///< With this start in it.
};
struct WantPermits {
  core::KeyNumber key;
  std::size_t permits; ///< Replaces what the key wanted before.
};
struct ReturnPermits {
  core::KeyNumber key;
  std::size_t permits;
};
struct WantLease {
  core::KeyNumber key;
  core::Lease lease;
};
struct Refill {
  core::KeyNumber key;
  core::WaitPosition after;
};
struct OperationTaken {
  core::KeyNumber key;
  Ticket ticket;
};
struct Inspected {
  core::KeyNumber key;
  Ticket ticket;
  FlowControlInfo info;
};

// From delivery actors.
struct AttemptEnded {
  std::size_t slot;
  core::Sequence sequence;
  Outcome outcome;
};

// From itself.
/// Long work goes on with its next slice.
struct Continue {
  std::function<void()> slice;
};
struct DueWakeup {};
struct ScheduleWakeup {
  TimePoint at; ///< What the timer was armed for.
};
struct Housekeeping {};
struct GraceOver {};

} // namespace to_scheduler

namespace to_key {

/// How a message comes into a waitlist.
enum class Arrival { stored, guest, rejoined };
struct Admit {
  core::WaitPosition position;
  Arrival arrival;
  bool with_permit;
};
struct Withdraw {
  core::WaitPosition position;
  bool is_guest;
};
struct Finished {
  core::Sequence sequence;
  bool with_permit;
};
struct Grant {
  std::size_t permits;
};
struct Refilled {
  std::vector<core::WaitPosition> positions;
  bool complete;
};
struct Leased {
  core::Lease lease;
};
struct TakeOperation {
  core::FlowOperation operation;
  std::uint64_t epoch; ///< See FlowController::on_operation.
  Ticket ticket; ///< 0: nobody waits for the answer.
};
struct Inspect {
  Ticket ticket;
};
struct PeriodWakeup {};

} // namespace to_key

namespace to_delivery {

struct Attempt {
  std::shared_ptr<const Message> message;
  int number; ///< 1 for the first.
  Duration timeout;
  std::shared_ptr<const Signer> signer;
};

} // namespace to_delivery

} // namespace sluice

SLUICE_MESSAGE(sluice::to_scheduler::Publish)
SLUICE_MESSAGE(sluice::to_scheduler::PublishBatch)
SLUICE_MESSAGE(sluice::to_scheduler::FindMessage)
SLUICE_MESSAGE(sluice::to_scheduler::Cancel)
SLUICE_MESSAGE(sluice::to_scheduler::CancelAll)
SLUICE_MESSAGE(sluice::to_scheduler::Operate)
SLUICE_MESSAGE(sluice::to_scheduler::FindKey)
SLUICE_MESSAGE(sluice::to_scheduler::ListKeys)
SLUICE_MESSAGE(sluice::to_scheduler::CountCalls)
SLUICE_MESSAGE(sluice::to_scheduler::ListDlq)
SLUICE_MESSAGE(sluice::to_scheduler::FindDlqEntry)
SLUICE_MESSAGE(sluice::to_scheduler::DeleteDlq)
SLUICE_MESSAGE(sluice::to_scheduler::RetryDlq)
SLUICE_MESSAGE(sluice::to_scheduler::SetQueue)
SLUICE_MESSAGE(sluice::to_scheduler::FindQueue)
SLUICE_MESSAGE(sluice::to_scheduler::ListQueues)
SLUICE_MESSAGE(sluice::to_scheduler::DeleteQueue)
SLUICE_MESSAGE(sluice::to_scheduler::AddEndpoints)
SLUICE_MESSAGE(sluice::to_scheduler::RemoveEndpoints)
SLUICE_MESSAGE(sluice::to_scheduler::SetUrlGroupDefaults)
SLUICE_MESSAGE(sluice::to_scheduler::DeleteUrlGroup)
SLUICE_MESSAGE(sluice::to_scheduler::FindUrlGroup)
SLUICE_MESSAGE(sluice::to_scheduler::FindUrlGroupDefaults)
SLUICE_MESSAGE(sluice::to_scheduler::ListUrlGroups)
SLUICE_MESSAGE(sluice::to_scheduler::ListLog)
SLUICE_MESSAGE(sluice::to_scheduler::ListAudit)
SLUICE_MESSAGE(sluice::to_scheduler::CreateSchedule)
SLUICE_MESSAGE(sluice::to_scheduler::FindSchedule)
SLUICE_MESSAGE(sluice::to_scheduler::ListSchedules)
SLUICE_MESSAGE(sluice::to_scheduler::DeleteSchedule)
SLUICE_MESSAGE(sluice::to_scheduler::SetSchedulePaused)
SLUICE_MESSAGE(sluice::to_scheduler::ReadSigningKeys)
SLUICE_MESSAGE(sluice::to_scheduler::RotateSigningKeys)
SLUICE_MESSAGE(sluice::to_scheduler::AskHindrance)
SLUICE_MESSAGE(sluice::to_scheduler::Stop)
SLUICE_MESSAGE(sluice::to_scheduler::Start)
SLUICE_MESSAGE(sluice::to_scheduler::WantPermits)
SLUICE_MESSAGE(sluice::to_scheduler::ReturnPermits)
SLUICE_MESSAGE(sluice::to_scheduler::WantLease)
SLUICE_MESSAGE(sluice::to_scheduler::Refill)
SLUICE_MESSAGE(sluice::to_scheduler::OperationTaken)
SLUICE_MESSAGE(sluice::to_scheduler::Inspected)
SLUICE_MESSAGE(sluice::to_scheduler::AttemptEnded)
SLUICE_MESSAGE(sluice::to_scheduler::Continue)
SLUICE_MESSAGE(sluice::to_scheduler::DueWakeup)
SLUICE_MESSAGE(sluice::to_scheduler::ScheduleWakeup)
SLUICE_MESSAGE(sluice::to_scheduler::Housekeeping)
SLUICE_MESSAGE(sluice::to_scheduler::GraceOver)
SLUICE_MESSAGE(sluice::to_key::Admit)
SLUICE_MESSAGE(sluice::to_key::Withdraw)
SLUICE_MESSAGE(sluice::to_key::Finished)
SLUICE_MESSAGE(sluice::to_key::Grant)
SLUICE_MESSAGE(sluice::to_key::Refilled)
SLUICE_MESSAGE(sluice::to_key::Leased)
SLUICE_MESSAGE(sluice::to_key::TakeOperation)
SLUICE_MESSAGE(sluice::to_key::Inspect)
SLUICE_MESSAGE(sluice::to_key::PeriodWakeup)
SLUICE_MESSAGE(sluice::to_delivery::Attempt)
