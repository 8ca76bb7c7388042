// Sizes and numbers that both servers, `sluice dev` and `sluice serve`, can be given.
#pragma once

#include <cstdint>

#include "sluice/server.hpp"

namespace sluice::program {

/// The defaults are the library's.
struct LimitArguments {
  std::int64_t global_parallelism = SchedulerOptions{}.global_parallelism;
  std::size_t max_body = SchedulerOptions{}.max_body;
  std::size_t max_batch = ServerOptions{}.max_batch;
  std::size_t max_head = ServerOptions{}.max_head;
  std::size_t max_headers = SchedulerOptions{}.max_headers;
  std::size_t max_response = HttpTransportOptions{}.max_response_body;
  std::size_t max_connections = ServerOptions{}.max_connections;
  int max_retries = SchedulerOptions{}.max_retries;
  Duration max_delay = SchedulerOptions{}.max_delay;
  Duration max_timeout = SchedulerOptions{}.max_timeout;
  std::size_t max_queues = SchedulerOptions{}.max_queues;
  std::int64_t max_queue_parallelism = SchedulerOptions{}.max_queue_parallelism;
  std::size_t max_schedules = SchedulerOptions{}.max_schedules;
  std::size_t max_url_groups = SchedulerOptions{}.max_url_groups;
  std::size_t max_endpoints = SchedulerOptions{}.max_endpoints;
  std::size_t memory_limit = StorageOptions{}.memory_limit;
};

/// Has a server keep to `limits`.
void apply(const LimitArguments& limits, ServerOptions& options);

} // namespace sluice::program
