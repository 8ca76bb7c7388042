#include "http/api/router.hpp"

#include <catch2/catch.hpp>

using namespace sluice::http;

namespace {

struct Row {
  std::string_view method, path;
  Operation operation;
  std::string_view argument{};
};

} // namespace

TEST_CASE("route finds every operation on rate limits", "[api]") {
  struct LimitRow {
    std::string_view method, path;
    LimitVerb verb;
    std::string_view argument{};
  };
  auto row = GENERATE(values<LimitRow>({
      {"GET", "/v1/ratelimit", LimitVerb::list},
      {"GET", "/v1/rateLimit/", LimitVerb::list},
      {"GET", "/v1/ratelimit/value", LimitVerb::get, "value"},
      {"PUT", "/v1/ratelimit/a%2Fb", LimitVerb::put, "a%2Fb"},
      {"DELETE", "/v1/ratelimit/a/", LimitVerb::drop, "a"},
      {"POST", "/v1/ratelimit/a/limit", LimitVerb::limit, "a"},
      {"POST", "/V1/ratelimit/a/CHECK", LimitVerb::check, "a"},
      {"POST", "/v1/ratelimit/reset/reset", LimitVerb::reset, "reset"},
      {"GET", "/v1/ratelimit/a/value", LimitVerb::value, "a"},
  }));
  CAPTURE(row.method, row.path);
  auto found = route(row.method, row.path);
  CHECK(found.operation == Operation::rate_limit);
  CHECK(found.limit_verb == row.verb);
  CHECK(found.argument == row.argument);
}

TEST_CASE("route knows what rate limits have not", "[api]") {
  CHECK(route("POST", "/v1/ratelimit").allow == "GET");
  CHECK(route("POST", "/v1/ratelimit/limit").allow == "GET, PUT, DELETE");
  CHECK(route("GET", "/v1/ratelimit/a/limit").allow == "POST");
  CHECK(route("POST", "/v1/ratelimit/a/value").allow == "GET");
  for (auto path : {"/v1", "/v1/", "/v1/ratelimits", "/v1/ratelimit/a/b", "/v1/ratelimit/a/limit/b", "/v1/queues"}) {
    CAPTURE(path);
    CHECK(route("GET", path).operation == Operation::not_found);
    CHECK(needs_token(path));
  }
}

TEST_CASE("route finds every operation", "[api]") {
  auto row = GENERATE(values<Row>({
      {"GET", "/healthz", Operation::health},
      {"GET", "/readyz", Operation::readiness},
      {"HEAD", "/readyz", Operation::readiness},
      {"POST", "/v2/publish/https://a.example//b/%2F", Operation::publish, "https://a.example//b/%2F"},
      {"POST", "/v2/publish", Operation::publish, ""},
      {"GET", "/v2/messages/msg_1", Operation::message_get, "msg_1"},
      {"DELETE", "/v2/messages/msg_1", Operation::message_cancel, "msg_1"},
      {"DELETE", "/v2/messages", Operation::messages_cancel},
      {"DELETE", "/v2/Messages/", Operation::messages_cancel},
      {"POST", "/v2/enqueue/q/https://a.example//b/%2F", Operation::enqueue, "q/https://a.example//b/%2F"},
      {"POST", "/v2/Enqueue", Operation::enqueue, ""},
      {"POST", "/v2/batch", Operation::batch},
      {"POST", "/v2/Batch/", Operation::batch},
      {"GET", "/v2/topics/", Operation::url_group_list},
      {"GET", "/v2/topics/g", Operation::url_group_get, "g"},
      {"PATCH", "/v2/topics/g", Operation::url_group_set_defaults, "g"},
      {"DELETE", "/v2/topics/g", Operation::url_group_delete, "g"},
      {"POST", "/v2/topics/g/endpoints", Operation::url_group_add_endpoints, "g"},
      {"DELETE", "/v2/topics/g/Endpoints/", Operation::url_group_remove_endpoints, "g"},
      {"POST", "/v2/queues", Operation::queue_set},
      {"POST", "/v2/queues/", Operation::queue_set},
      {"GET", "/v2/queues", Operation::queue_list},
      {"GET", "/v2/Queues/", Operation::queue_list},
      {"GET", "/v2/queues/Pause", Operation::queue_get, "Pause"},
      {"GET", "/v2/queues/q/", Operation::queue_get, "q"},
      {"DELETE", "/v2/queues/a%2Fb", Operation::queue_delete, "a%2Fb"},
      {"POST", "/v2/queues/q/PAUSE", Operation::queue_pause, "q"},
      {"POST", "/v2/queues/q/resume/", Operation::queue_resume, "q"},
      {"POST", "/v2/queues//pause", Operation::queue_pause, ""},
      {"POST", "/v2/schedules/https://a.example//b/pause", Operation::schedule_create, "https://a.example//b/pause"},
      {"POST", "/v2/schedules/https:/pause", Operation::schedule_create, "https:/pause"},
      {"POST", "/v2/schedules/group", Operation::schedule_create, "group"},
      {"POST", "/v2/schedules", Operation::schedule_create, ""},
      {"GET", "/v2/schedules", Operation::schedule_list},
      {"GET", "/v2/Schedules/", Operation::schedule_list},
      {"GET", "/v2/schedules/scd_1/", Operation::schedule_get, "scd_1"},
      {"GET", "/v2/schedules/pause", Operation::schedule_get, "pause"},
      {"DELETE", "/v2/schedules/a%2Fb", Operation::schedule_delete, "a%2Fb"},
      {"PATCH", "/v2/Schedules/s/pause", Operation::schedule_pause, "s"},
      {"POST", "/v2/schedules/s/PAUSE/", Operation::schedule_pause, "s"},
      {"PATCH", "/v2/schedules/s/resume", Operation::schedule_resume, "s"},
      {"POST", "/v2/schedules/pause/resume", Operation::schedule_resume, "pause"},
      {"GET", "/v2/dlq", Operation::dlq_list},
      {"GET", "/v2/dlq/", Operation::dlq_list},
      {"GET", "/v2/dlq/1-1", Operation::dlq_get, "1-1"},
      {"DELETE", "/v2/dlq/1-1/", Operation::dlq_delete, "1-1"},
      {"DELETE", "/v2/dlq", Operation::dlq_delete_many},
      {"DELETE", "/v2/dlq/", Operation::dlq_delete_many},
      {"POST", "/v2/dlq/retry/1-1", Operation::dlq_retry, "1-1"},
      {"POST", "/v2/dlq/Retry", Operation::dlq_retry_many},
      {"POST", "/v2/dlq/retry/", Operation::dlq_retry_many},
      {"GET", "/v2/keys", Operation::keys_get},
      {"GET", "/v2/keys/", Operation::keys_get},
      {"POST", "/v2/keys/rotate", Operation::keys_rotate},
      {"GET", "/v2/flowControl", Operation::flow_control_list},
      {"GET", "/v2/flowControl/", Operation::flow_control_list},
      {"GET", "/v2/globalParallelism", Operation::global_parallelism},
      {"GET", "/V2/FLOWCONTROL/Key", Operation::flow_control_get, "Key"},
      {"POST", "/v2/Publish/http://a", Operation::publish, "http://a"},
      {"POST", "/v2/KEYS/Rotate", Operation::keys_rotate},
  }));
  CAPTURE(row.method, row.path);
  auto found = route(row.method, row.path);
  CHECK(found.operation == row.operation);
  CHECK(found.argument == row.argument);
}

TEST_CASE("route takes everything before the last verb as the flow-control key", "[api]") {
  struct Case {
    std::string_view path, key;
    FlowControlVerb verb;
  };
  auto row = GENERATE(values<Case>({
      {"/v2/flowControl/k/pin", "k", FlowControlVerb::pin},
      {"/v2/flowControl/k/unpin", "k", FlowControlVerb::unpin},
      {"/v2/flowControl/k/resume", "k", FlowControlVerb::resume},
      {"/v2/flowControl/k/reset", "k", FlowControlVerb::reset},
      {"/v2/flowControl/k/resetRate", "k", FlowControlVerb::reset_rate},
      {"/v2/flowControl/k/RESETRATE", "k", FlowControlVerb::reset_rate},
      {"/v2/flowControl/k/1%202/pause", "k/1%202", FlowControlVerb::pause},
      {"/v2/flowControl/k//pause", "k/", FlowControlVerb::pause},
      {"/v2/flowControl/a/pause/pause", "a/pause", FlowControlVerb::pause},
      {"/v2/flowControl/pin/pin", "pin", FlowControlVerb::pin},
      {"/v2/flowControl/pin", "", FlowControlVerb::pin},
      {"/v2/flowControl//pin", "", FlowControlVerb::pin},
      {"/v2/flowControl/../keys/pin", "../keys", FlowControlVerb::pin},
  }));
  CAPTURE(row.path);
  auto found = route("POST", row.path);
  CHECK(found.operation == Operation::flow_control_verb);
  CHECK(found.argument == row.key);
  CHECK(found.verb == row.verb);
}

TEST_CASE("route lets a key be read whatever its name", "[api]") {
  for (std::string_view key : {"pause", "a/b", "a/b/", "/a", "a%2Fpause", "pausex", "x/pinned"}) {
    auto path = "/v2/flowControl/" + std::string(key);
    CAPTURE(key);
    auto found = route("GET", path);
    CHECK(found.operation == Operation::flow_control_get);
    CHECK(found.argument == key);
  }
}

TEST_CASE("route tells which methods a known path has", "[api]") {
  auto row = GENERATE(table<std::string_view, std::string_view, std::string_view>({
      {"POST", "/healthz", "GET, HEAD"},
      {"GET", "/v2/publish/https://a", "POST"},
      {"get", "/v2/keys", "GET"},
      {"GET", "/v2/keys/rotate", "POST"},
      {"PUT", "/v2/messages/msg_1", "GET, DELETE"},
      {"GET", "/v2/messages", "DELETE"},
      {"POST", "/v2/dlq", "GET, DELETE"},
      {"POST", "/v2/dlq/1-1", "GET, DELETE"},
      {"GET", "/v2/dlq/retry/1-1", "POST"},
      {"DELETE", "/v2/dlq/retry", "POST"},
      {"GET", "/v2/enqueue/q/https://a", "POST"},
      {"PUT", "/v2/queues", "GET, POST"},
      {"DELETE", "/v2/queues", "GET, POST"},
      {"POST", "/v2/queues/q", "GET, DELETE"},
      {"GET", "/v2/queues/q/pause", "POST"},
      {"DELETE", "/v2/schedules", "GET, POST"},
      {"PATCH", "/v2/schedules/s", "GET, POST, DELETE"},
      {"GET", "/v2/schedules/s/pause", "PATCH, POST"},
      {"DELETE", "/v2/schedules/s/resume", "PATCH, POST"},
      {"DELETE", "/v2/flowControl", "GET"},
      {"GET", "/v2/flowControl/k/pause", "POST"},
      {"POST", "/v2/flowControl/k", "GET"},
      {"POST", "/v2/globalParallelism", "GET"},
  }));
  CAPTURE(std::get<0>(row), std::get<1>(row));
  auto found = route(std::get<0>(row), std::get<1>(row));
  CHECK(found.operation == Operation::method_not_allowed);
  CHECK(found.allow == std::get<2>(row));
}

TEST_CASE("route finds the log under both of its names, and the audit log", "[api]") {
  for (auto path : {"/v2/events", "/v2/logs", "/v2/Logs/"})
    CHECK(route("GET", path).operation == Operation::log_list);
  CHECK(route("GET", "/v1/audit").operation == Operation::audit_list);
  CHECK(route("DELETE", "/v2/logs").allow == "GET");
  CHECK(route("GET", "/v1/other").operation == Operation::not_found);
  CHECK(needs_token("/v1/audit"));
}

TEST_CASE("route knows what belongs to workflows", "[api]") {
  for (std::string_view path : {"/v2/workflows", "/v2/workflows/logs", "/v2/waiters/event", "/v2/notify/run/event",
                                "/v2/trigger/https://a.example", "/v2/batch/trigger"}) {
    CAPTURE(path);
    CHECK(route("GET", path).operation == Operation::workflow);
    CHECK(route("POST", path).operation == Operation::workflow);
  }
  CHECK(route("POST", "/v2/batch/other").operation == Operation::not_found);
}

TEST_CASE("route knows no other path", "[api]") {
  for (std::string_view path :
       {"/", "/v2", "/v2/", "/v2/nothing", "/v1/publish/https://a", "/v2//keys", "/healthz/", "/v2/keys/other",
        "/v2/globalParallelism/x", "/v2/queues/q/other", "/v2/queues/q/pause/x", "/v2x/keys", ""}) {
    CAPTURE(path);
    CHECK(route("GET", path).operation == Operation::not_found);
  }
}

TEST_CASE("only the paths below /v2 need a token", "[api]") {
  for (std::string_view path : {"/v2/keys", "/V2/keys", "/v2/", "/v2", "/v2/nothing"})
    CHECK(needs_token(path));
  for (std::string_view path : {"/healthz", "/readyz", "/", "/v2x", ""})
    CHECK_FALSE(needs_token(path));
}
