// One function per endpoint. Each calls `respond` exactly once, at once or when the
// scheduler has answered; nothing that a request brought is used after the call returns.
#pragma once

#include "http/api/api.hpp"
#include "http/api/router.hpp"
#include "http/api/target.hpp"

namespace sluice::http {

/// A request whose way has been found.
struct Call {
  Scheduler& scheduler;
  const ApiOptions& options;
  ApiRequest request;
  Target target;
  Route route;
  Respond respond;
  Operator by; ///< Who asks, and from where.
};

void publish(Call call);
void enqueue(Call call);
void publish_batch(Call call);

void list_url_groups(Call call);
void get_url_group(Call call);
void set_url_group_defaults(Call call);
void delete_url_group(Call call);
void add_endpoints(Call call);
void remove_endpoints(Call call);

void get_message(Call call);
void cancel_message(Call call);
void cancel_messages(Call call);

void set_queue(Call call);
void list_queues(Call call);
void get_queue(Call call);
void delete_queue(Call call);
void pause_queue(Call call);
void resume_queue(Call call);

void create_schedule(Call call);
void list_schedules(Call call);
void get_schedule(Call call);
void delete_schedule(Call call);
void pause_schedule(Call call);
void resume_schedule(Call call);

void list_dlq(Call call);
void get_dlq_entry(Call call);
void delete_dlq_entry(Call call);
void delete_dlq_entries(Call call);
void retry_dlq_entry(Call call);
void retry_dlq_entries(Call call);

void list_log(Call call);
void list_audit(Call call);

void get_signing_keys(Call call);
void rotate_signing_keys(Call call);

void list_flow_controls(Call call);
void get_flow_control(Call call);
void act_on_flow_control(Call call);
void get_global_parallelism(Call call);

void act_on_rate_limit(Call call);
void get_time(Call call);

} // namespace sluice::http
