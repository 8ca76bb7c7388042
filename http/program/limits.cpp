#include "http/program/limits.hpp"

namespace sluice::program {

void apply(const LimitArguments& limits, ServerOptions& options) {
  options.max_body = limits.max_body;
  options.max_batch = limits.max_batch;
  options.max_head = limits.max_head;
  options.max_connections = limits.max_connections;
  auto& scheduler = options.scheduler;
  scheduler.global_parallelism = limits.global_parallelism;
  scheduler.max_body = limits.max_body;
  scheduler.max_headers = limits.max_headers;
  scheduler.http.max_response_body = limits.max_response;
  scheduler.max_retries = limits.max_retries;
  scheduler.max_delay = limits.max_delay;
  scheduler.max_timeout = limits.max_timeout;
  scheduler.max_queues = limits.max_queues;
  scheduler.max_queue_parallelism = limits.max_queue_parallelism;
  scheduler.max_schedules = limits.max_schedules;
  scheduler.max_url_groups = limits.max_url_groups;
  scheduler.max_endpoints = limits.max_endpoints;
  scheduler.storage.memory_limit = limits.memory_limit;
}

} // namespace sluice::program
