// The calls of operators: keys, queues, URL groups, schedules, the DLQ, the log.
#include "actors/core/message_fields.hpp"
#include "actors/scheduler_impl.hpp"

namespace sluice {

namespace {

constexpr std::size_t max_dlq_page = 100; // spec §2.10

constexpr std::size_t max_log_page = 1000; // spec §2.12
constexpr std::size_t max_log_texts = 50;

Result<void> check_count(std::size_t count, std::size_t most) {
  if (count >= 1 && count <= most)
    return {};
  return invalid("count", "count must be 1 to " + std::to_string(most) + ", not " + std::to_string(count));
}

Result<void> check_page(std::size_t count) { return check_count(count, max_dlq_page); }

// A search compares each of a million messages with each text.
Result<void> check_query(const LogQuery& query) {
  std::size_t texts = 0;
  core::visit_parts(query.filter, [&](core::MessageField, const auto& part) { texts += part.size(); });
  if (texts > max_log_texts)
    return invalid("filter", "the log can be filtered by at most 50 texts, not " + std::to_string(texts));
  return check_count(query.count, max_log_page);
}

// Entries that are named may be many; those that are searched for come in pages.
Result<void> check_bulk(const DlqBulk& bulk) {
  return bulk.filter.ids.empty() ? check_page(bulk.count) : Result<void>{};
}

} // namespace

void Scheduler::flow_control(FlowControlKey key, Reply<FlowControlInfo> reply) const {
  impl_->send(to_scheduler::FindKey{std::move(key), std::move(reply)});
}

Result<FlowControlInfo> Scheduler::flow_control(FlowControlKey key) const {
  return wait_for_reply<FlowControlInfo>([&](auto reply) { flow_control(std::move(key), std::move(reply)); });
}

void Scheduler::flow_controls(FlowControlQuery query, Reply<std::vector<FlowControlInfo>> reply) const {
  impl_->send(to_scheduler::ListKeys{std::move(query), std::move(reply)});
}

Result<std::vector<FlowControlInfo>> Scheduler::flow_controls(FlowControlQuery query) const {
  return wait_for_reply<std::vector<FlowControlInfo>>(
      [&](auto reply) { flow_controls(std::move(query), std::move(reply)); });
}

void Scheduler::pin(FlowControlKey key, PinRequest request, Operator by, Reply<void> reply) {
  impl_->operate(std::move(key), request, std::move(by), std::move(reply));
}

Result<void> Scheduler::pin(FlowControlKey key, PinRequest request, Operator by) {
  return wait_for_reply<void>([&](auto reply) { pin(std::move(key), request, std::move(by), std::move(reply)); });
}

void Scheduler::unpin(FlowControlKey key, UnpinRequest request, Operator by, Reply<void> reply) {
  impl_->operate(std::move(key), request, std::move(by), std::move(reply));
}

Result<void> Scheduler::unpin(FlowControlKey key, UnpinRequest request, Operator by) {
  return wait_for_reply<void>([&](auto reply) { unpin(std::move(key), request, std::move(by), std::move(reply)); });
}

void Scheduler::pause(FlowControlKey key, Operator by, Reply<void> reply) {
  impl_->operate(std::move(key), core::Pause{}, std::move(by), std::move(reply));
}

Result<void> Scheduler::pause(FlowControlKey key, Operator by) {
  return wait_for_reply<void>([&](auto reply) { pause(std::move(key), std::move(by), std::move(reply)); });
}

void Scheduler::resume(FlowControlKey key, Operator by, Reply<void> reply) {
  impl_->operate(std::move(key), core::Resume{}, std::move(by), std::move(reply));
}

Result<void> Scheduler::resume(FlowControlKey key, Operator by) {
  return wait_for_reply<void>([&](auto reply) { resume(std::move(key), std::move(by), std::move(reply)); });
}

void Scheduler::reset_rate(FlowControlKey key, Operator by, Reply<void> reply) {
  impl_->operate(std::move(key), core::ResetRate{}, std::move(by), std::move(reply));
}

Result<void> Scheduler::reset_rate(FlowControlKey key, Operator by) {
  return wait_for_reply<void>([&](auto reply) { reset_rate(std::move(key), std::move(by), std::move(reply)); });
}

void Scheduler::reset(FlowControlKey key, Operator by, Reply<void> reply) {
  impl_->operate(std::move(key), core::Reset{}, std::move(by), std::move(reply));
}

Result<void> Scheduler::reset(FlowControlKey key, Operator by) {
  return wait_for_reply<void>([&](auto reply) { reset(std::move(key), std::move(by), std::move(reply)); });
}

void Scheduler::global_parallelism(Reply<GlobalParallelism> reply) const {
  impl_->send(to_scheduler::CountCalls{std::move(reply)});
}

Result<GlobalParallelism> Scheduler::global_parallelism() const {
  return wait_for_reply<GlobalParallelism>([&](auto reply) { global_parallelism(std::move(reply)); });
}

void Scheduler::dlq(DlqQuery query, Reply<DlqPage> reply) const {
  if (auto valid = check_page(query.count); !valid)
    return reply(valid.error());
  impl_->send(to_scheduler::ListDlq{std::move(query), std::move(reply)});
}

Result<DlqPage> Scheduler::dlq(DlqQuery query) const {
  return wait_for_reply<DlqPage>([&](auto reply) { dlq(std::move(query), std::move(reply)); });
}

void Scheduler::dlq_entry(DlqId id, Reply<DlqEntry> reply) const {
  impl_->send(to_scheduler::FindDlqEntry{id, std::move(reply)});
}

Result<DlqEntry> Scheduler::dlq_entry(DlqId id) const {
  return wait_for_reply<DlqEntry>([&](auto reply) { dlq_entry(id, std::move(reply)); });
}

void Scheduler::delete_dlq(DlqBulk bulk, Operator by, Reply<DlqDeleted> reply) {
  if (auto valid = check_bulk(bulk); !valid)
    return reply(valid.error());
  impl_->send(to_scheduler::DeleteDlq{std::move(bulk), std::move(by), std::move(reply)});
}

Result<DlqDeleted> Scheduler::delete_dlq(DlqBulk bulk, Operator by) {
  return wait_for_reply<DlqDeleted>([&](auto reply) { delete_dlq(std::move(bulk), std::move(by), std::move(reply)); });
}

void Scheduler::retry_dlq(DlqBulk bulk, RetryOverrides overrides, Operator by, Reply<DlqRetried> reply) {
  if (auto valid = check_bulk(bulk); !valid)
    return reply(valid.error());
  impl_->send(to_scheduler::RetryDlq{std::move(bulk), std::move(overrides), std::move(by), std::move(reply)});
}

Result<DlqRetried> Scheduler::retry_dlq(DlqBulk bulk, RetryOverrides overrides, Operator by) {
  return wait_for_reply<DlqRetried>(
      [&](auto reply) { retry_dlq(std::move(bulk), std::move(overrides), std::move(by), std::move(reply)); });
}

void Scheduler::set_queue(QueueName name, QueueSettings settings, Operator by, Reply<void> reply) {
  if (auto valid = check_queue(name, settings, impl_->options()); !valid)
    return reply(valid.error());
  impl_->send(to_scheduler::SetQueue{std::move(name), settings, std::move(by), std::move(reply)});
}

Result<void> Scheduler::set_queue(QueueName name, QueueSettings settings, Operator by) {
  return wait_for_reply<void>(
      [&](auto reply) { set_queue(std::move(name), settings, std::move(by), std::move(reply)); });
}

void Scheduler::queue(QueueName name, Reply<QueueInfo> reply) const {
  impl_->send(to_scheduler::FindQueue{std::move(name), std::move(reply)});
}

Result<QueueInfo> Scheduler::queue(QueueName name) const {
  return wait_for_reply<QueueInfo>([&](auto reply) { queue(std::move(name), std::move(reply)); });
}

void Scheduler::queues(Reply<std::vector<QueueInfo>> reply) const {
  impl_->send(to_scheduler::ListQueues{std::move(reply)});
}

Result<std::vector<QueueInfo>> Scheduler::queues() const {
  return wait_for_reply<std::vector<QueueInfo>>([&](auto reply) { queues(std::move(reply)); });
}

void Scheduler::delete_queue(QueueName name, Operator by, Reply<void> reply) {
  impl_->send(to_scheduler::DeleteQueue{std::move(name), std::move(by), std::move(reply)});
}

Result<void> Scheduler::delete_queue(QueueName name, Operator by) {
  return wait_for_reply<void>([&](auto reply) { delete_queue(std::move(name), std::move(by), std::move(reply)); });
}

void Scheduler::add_endpoints(UrlGroupName group, std::vector<Endpoint> endpoints, Operator by, Reply<void> reply) {
  if (auto valid = check_endpoints(group, endpoints, impl_->options()); !valid)
    return reply(valid.error());
  impl_->send(to_scheduler::AddEndpoints{std::move(group), std::move(endpoints), std::move(by), std::move(reply)});
}

Result<void> Scheduler::add_endpoints(UrlGroupName group, std::vector<Endpoint> endpoints, Operator by) {
  return wait_for_reply<void>(
      [&](auto reply) { add_endpoints(std::move(group), std::move(endpoints), std::move(by), std::move(reply)); });
}

void Scheduler::remove_endpoints(UrlGroupName group, std::vector<EndpointSelector> which, Operator by,
                                 Reply<void> reply) {
  if (auto valid = check_selectors(which); !valid)
    return reply(valid.error());
  impl_->send(to_scheduler::RemoveEndpoints{std::move(group), std::move(which), std::move(by), std::move(reply)});
}

Result<void> Scheduler::remove_endpoints(UrlGroupName group, std::vector<EndpointSelector> which, Operator by) {
  return wait_for_reply<void>(
      [&](auto reply) { remove_endpoints(std::move(group), std::move(which), std::move(by), std::move(reply)); });
}

void Scheduler::set_url_group_defaults(UrlGroupName group, Headers defaults, Operator by, Reply<void> reply) {
  if (auto valid = check_headers(defaults, impl_->options()); !valid)
    return reply(valid.error());
  impl_->send(
      to_scheduler::SetUrlGroupDefaults{std::move(group), std::move(defaults), std::move(by), std::move(reply)});
}

Result<void> Scheduler::set_url_group_defaults(UrlGroupName group, Headers defaults, Operator by) {
  return wait_for_reply<void>([&](auto reply) {
    set_url_group_defaults(std::move(group), std::move(defaults), std::move(by), std::move(reply));
  });
}

void Scheduler::delete_url_group(UrlGroupName group, Operator by, Reply<void> reply) {
  impl_->send(to_scheduler::DeleteUrlGroup{std::move(group), std::move(by), std::move(reply)});
}

Result<void> Scheduler::delete_url_group(UrlGroupName group, Operator by) {
  return wait_for_reply<void>([&](auto reply) { delete_url_group(std::move(group), std::move(by), std::move(reply)); });
}

void Scheduler::url_group(UrlGroupName group, Reply<UrlGroup> reply) const {
  impl_->send(to_scheduler::FindUrlGroup{std::move(group), std::move(reply)});
}

Result<UrlGroup> Scheduler::url_group(UrlGroupName group) const {
  return wait_for_reply<UrlGroup>([&](auto reply) { url_group(std::move(group), std::move(reply)); });
}

void Scheduler::url_group_defaults(std::vector<UrlGroupName> groups, Reply<UrlGroupDefaults> reply) const {
  impl_->send(to_scheduler::FindUrlGroupDefaults{std::move(groups), std::move(reply)});
}

Result<UrlGroupDefaults> Scheduler::url_group_defaults(std::vector<UrlGroupName> groups) const {
  return wait_for_reply<UrlGroupDefaults>([&](auto reply) { url_group_defaults(std::move(groups), std::move(reply)); });
}

void Scheduler::url_groups(Reply<std::vector<UrlGroup>> reply) const {
  impl_->send(to_scheduler::ListUrlGroups{std::move(reply)});
}

Result<std::vector<UrlGroup>> Scheduler::url_groups() const {
  return wait_for_reply<std::vector<UrlGroup>>([&](auto reply) { url_groups(std::move(reply)); });
}

void Scheduler::create_schedule(ScheduleSpec spec, Operator by, Reply<ScheduleId> reply) {
  if (auto valid = check_schedule(spec, impl_->options()); !valid)
    return reply(valid.error());
  impl_->send(to_scheduler::CreateSchedule{std::move(spec), std::move(by), std::move(reply)});
}

Result<ScheduleId> Scheduler::create_schedule(ScheduleSpec spec, Operator by) {
  return wait_for_reply<ScheduleId>(
      [&](auto reply) { create_schedule(std::move(spec), std::move(by), std::move(reply)); });
}

void Scheduler::schedule(ScheduleId id, Reply<Schedule> reply) const {
  impl_->send(to_scheduler::FindSchedule{std::move(id), std::move(reply)});
}

Result<Schedule> Scheduler::schedule(ScheduleId id) const {
  return wait_for_reply<Schedule>([&](auto reply) { schedule(std::move(id), std::move(reply)); });
}

void Scheduler::schedules(ScheduleQuery query, Reply<std::vector<Schedule>> reply) const {
  impl_->send(to_scheduler::ListSchedules{std::move(query), std::move(reply)});
}

Result<std::vector<Schedule>> Scheduler::schedules(ScheduleQuery query) const {
  return wait_for_reply<std::vector<Schedule>>([&](auto reply) { schedules(std::move(query), std::move(reply)); });
}

void Scheduler::delete_schedule(ScheduleId id, Operator by, Reply<void> reply) {
  impl_->send(to_scheduler::DeleteSchedule{std::move(id), std::move(by), std::move(reply)});
}

Result<void> Scheduler::delete_schedule(ScheduleId id, Operator by) {
  return wait_for_reply<void>([&](auto reply) { delete_schedule(std::move(id), std::move(by), std::move(reply)); });
}

void Scheduler::pause_schedule(ScheduleId id, Operator by, Reply<void> reply) {
  impl_->send(to_scheduler::SetSchedulePaused{std::move(id), true, std::move(by), std::move(reply)});
}

Result<void> Scheduler::pause_schedule(ScheduleId id, Operator by) {
  return wait_for_reply<void>([&](auto reply) { pause_schedule(std::move(id), std::move(by), std::move(reply)); });
}

void Scheduler::resume_schedule(ScheduleId id, Operator by, Reply<void> reply) {
  impl_->send(to_scheduler::SetSchedulePaused{std::move(id), false, std::move(by), std::move(reply)});
}

Result<void> Scheduler::resume_schedule(ScheduleId id, Operator by) {
  return wait_for_reply<void>([&](auto reply) { resume_schedule(std::move(id), std::move(by), std::move(reply)); });
}

void Scheduler::cancel_all(CancelFilter filter, Operator by, Reply<std::size_t> reply) {
  impl_->send(to_scheduler::CancelAll{std::move(filter), std::move(by), std::move(reply)});
}

Result<std::size_t> Scheduler::cancel_all(CancelFilter filter, Operator by) {
  return wait_for_reply<std::size_t>(
      [&](auto reply) { cancel_all(std::move(filter), std::move(by), std::move(reply)); });
}

void Scheduler::log(LogQuery query, Reply<LogPage> reply) const {
  if (auto valid = check_query(query); !valid)
    return reply(valid.error());
  impl_->send(to_scheduler::ListLog{std::move(query), std::move(reply)});
}

Result<LogPage> Scheduler::log(LogQuery query) const {
  return wait_for_reply<LogPage>([&](auto reply) { log(std::move(query), std::move(reply)); });
}

void Scheduler::audit(AuditQuery query, Reply<std::vector<AuditEntry>> reply) const {
  if (auto valid = check_count(query.count, max_log_page); !valid)
    return reply(valid.error());
  impl_->send(to_scheduler::ListAudit{query, std::move(reply)});
}

Result<std::vector<AuditEntry>> Scheduler::audit(AuditQuery query) const {
  return wait_for_reply<std::vector<AuditEntry>>([&](auto reply) { audit(query, std::move(reply)); });
}

} // namespace sluice
