#include "http/api/router.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "actors/core/characters.hpp"
#include "http/api/rate_limit_route.hpp"

namespace sluice::http {

namespace {

constexpr std::string_view prefix = "/v2/";

struct Verb {
  std::string_view name;
  FlowControlVerb verb;
};

constexpr std::array verbs = {
    Verb{"pin", FlowControlVerb::pin},     Verb{"unpin", FlowControlVerb::unpin},
    Verb{"pause", FlowControlVerb::pause}, Verb{"resume", FlowControlVerb::resume},
    Verb{"reset", FlowControlVerb::reset}, Verb{"resetRate", FlowControlVerb::reset_rate},
};

constexpr std::array<std::string_view, 4> workflow_roots = {"workflows", "waiters", "notify", "trigger"};

Route not_allowed(std::string_view allow) { return {.operation = Operation::method_not_allowed, .allow = allow}; }

Route only(std::string_view method, std::string_view expected, Route found) {
  return method == expected ? found : not_allowed(expected);
}

// Probes often ask with HEAD.
Route route_probe(std::string_view method, Operation probe) {
  return method == "GET" || method == "HEAD" ? Route{.operation = probe} : not_allowed("GET, HEAD");
}

std::string_view without_trailing_slash(std::string_view segment) {
  return segment.ends_with('/') ? segment.substr(0, segment.size() - 1) : segment;
}

Route get_or_delete(std::string_view method, Operation get, Operation del, std::string_view name) {
  if (method == "GET")
    return {.operation = get, .argument = name};
  if (method == "DELETE")
    return {.operation = del, .argument = name};
  return not_allowed("GET, DELETE");
}

Route route_messages(std::string_view method, std::string_view id) {
  if (id.empty())
    return only(method, "DELETE", {.operation = Operation::messages_cancel});
  return get_or_delete(method, Operation::message_get, Operation::message_cancel, id);
}

Route route_queues(std::string_view method, std::string_view rest) {
  if (rest.empty() && method == "POST")
    return {.operation = Operation::queue_set};
  if (rest.empty())
    return method == "GET" ? Route{.operation = Operation::queue_list} : not_allowed("GET, POST");
  auto slash = std::min(rest.find('/'), rest.size());
  auto name = rest.substr(0, slash);
  auto verb = without_trailing_slash(rest.substr(std::min(slash + 1, rest.size())));
  if (verb.empty())
    return get_or_delete(method, Operation::queue_get, Operation::queue_delete, name);
  if (core::equals_ignoring_case(verb, "pause"))
    return only(method, "POST", {.operation = Operation::queue_pause, .argument = name});
  if (core::equals_ignoring_case(verb, "resume"))
    return only(method, "POST", {.operation = Operation::queue_resume, .argument = name});
  return {};
}

Route route_url_group(std::string_view method, std::string_view name) {
  if (method == "PATCH")
    return {.operation = Operation::url_group_set_defaults, .argument = name};
  auto found = get_or_delete(method, Operation::url_group_get, Operation::url_group_delete, name);
  return found.operation == Operation::method_not_allowed ? not_allowed("GET, PATCH, DELETE") : found;
}

Route route_endpoints(std::string_view method, std::string_view name) {
  if (method == "POST")
    return {.operation = Operation::url_group_add_endpoints, .argument = name};
  if (method == "DELETE")
    return {.operation = Operation::url_group_remove_endpoints, .argument = name};
  return not_allowed("POST, DELETE");
}

Route route_url_groups(std::string_view method, std::string_view rest) {
  if (rest.empty())
    return only(method, "GET", {.operation = Operation::url_group_list});
  auto slash = std::min(rest.find('/'), rest.size());
  auto name = rest.substr(0, slash);
  auto part = without_trailing_slash(rest.substr(std::min(slash + 1, rest.size())));
  if (part.empty())
    return route_url_group(method, name);
  return core::equals_ignoring_case(part, "endpoints") ? route_endpoints(method, name) : Route{};
}

// POST `x/pause` pauses `x`, unless the part before the verb can only be the scheme of a URL.
Route route_schedules(std::string_view method, std::string_view rest) {
  auto slash = std::min(rest.find('/'), rest.size());
  auto id = rest.substr(0, slash);
  auto verb = without_trailing_slash(rest.substr(std::min(slash + 1, rest.size())));
  bool pauses = core::equals_ignoring_case(verb, "pause");
  if ((pauses || core::equals_ignoring_case(verb, "resume")) && id.find(':') == std::string_view::npos) {
    if (method != "PATCH" && method != "POST")
      return not_allowed("PATCH, POST");
    return {.operation = pauses ? Operation::schedule_pause : Operation::schedule_resume, .argument = id};
  }
  if (method == "POST")
    return {.operation = Operation::schedule_create, .argument = rest};
  if (rest.empty())
    return method == "GET" ? Route{.operation = Operation::schedule_list} : not_allowed("GET, POST");
  auto found = get_or_delete(method, Operation::schedule_get, Operation::schedule_delete, without_trailing_slash(rest));
  return found.operation == Operation::method_not_allowed ? not_allowed("GET, POST, DELETE") : found;
}

Route route_dlq_retry(std::string_view method, std::string_view id) {
  if (id.empty())
    return only(method, "POST", {.operation = Operation::dlq_retry_many});
  return only(method, "POST", {.operation = Operation::dlq_retry, .argument = id});
}

Route route_dlq(std::string_view method, std::string_view rest) {
  if (rest.empty())
    return get_or_delete(method, Operation::dlq_list, Operation::dlq_delete_many, {});
  rest = without_trailing_slash(rest);
  auto slash = std::min(rest.find('/'), rest.size());
  if (core::equals_ignoring_case(rest.substr(0, slash), "retry"))
    return route_dlq_retry(method, rest.substr(std::min(slash + 1, rest.size())));
  return get_or_delete(method, Operation::dlq_get, Operation::dlq_delete, rest);
}

Route route_keys(std::string_view method, std::string_view rest) {
  if (rest.empty())
    return only(method, "GET", {.operation = Operation::keys_get});
  if (core::equals_ignoring_case(rest, "rotate"))
    return only(method, "POST", {.operation = Operation::keys_rotate});
  return {};
}

std::optional<FlowControlVerb> find_verb(std::string_view name) {
  for (const auto& verb : verbs)
    if (core::equals_ignoring_case(name, verb.name))
      return verb.verb;
  return std::nullopt;
}

Route route_flow_control(std::string_view method, std::string_view rest) {
  if (rest.empty())
    return only(method, "GET", {.operation = Operation::flow_control_list});
  auto slash = rest.rfind('/');
  bool alone = slash == std::string_view::npos;
  auto verb = find_verb(alone ? rest : rest.substr(slash + 1));
  // A verb alone has no key before it, so to a GET it can only be a key's name.
  if (!verb || (alone && method == "GET"))
    return only(method, "GET", {.operation = Operation::flow_control_get, .argument = rest});
  return only(method, "POST",
              {.operation = Operation::flow_control_verb,
               .argument = alone ? std::string_view{} : rest.substr(0, slash),
               .verb = *verb});
}

Route route_workflow(std::string_view root) {
  bool known = std::any_of(workflow_roots.begin(), workflow_roots.end(),
                           [&](std::string_view name) { return core::equals_ignoring_case(root, name); });
  return {.operation = known ? Operation::workflow : Operation::not_found};
}

Route route_batch(std::string_view method, std::string_view rest) {
  if (rest.empty())
    return only(method, "POST", {.operation = Operation::batch});
  return {.operation = core::equals_ignoring_case(rest, "trigger") ? Operation::workflow : Operation::not_found};
}

Route route_below_prefix(std::string_view method, std::string_view path) {
  auto slash = std::min(path.find('/'), path.size());
  auto root = path.substr(0, slash);
  auto rest = path.substr(std::min(slash + 1, path.size()));
  if (core::equals_ignoring_case(root, "publish"))
    return only(method, "POST", {.operation = Operation::publish, .argument = rest});
  if (core::equals_ignoring_case(root, "enqueue"))
    return only(method, "POST", {.operation = Operation::enqueue, .argument = rest});
  if (core::equals_ignoring_case(root, "batch"))
    return route_batch(method, rest);
  if (core::equals_ignoring_case(root, "topics"))
    return route_url_groups(method, rest);
  if ((core::equals_ignoring_case(root, "events") || core::equals_ignoring_case(root, "logs")) && rest.empty())
    return only(method, "GET", {.operation = Operation::log_list});
  if (core::equals_ignoring_case(root, "messages"))
    return route_messages(method, rest);
  if (core::equals_ignoring_case(root, "flowControl"))
    return route_flow_control(method, rest);
  if (core::equals_ignoring_case(root, "queues"))
    return route_queues(method, rest);
  if (core::equals_ignoring_case(root, "schedules"))
    return route_schedules(method, rest);
  if (core::equals_ignoring_case(root, "dlq"))
    return route_dlq(method, rest);
  if (core::equals_ignoring_case(root, "keys"))
    return route_keys(method, rest);
  if (core::equals_ignoring_case(root, "globalParallelism"))
    return rest.empty() ? only(method, "GET", {.operation = Operation::global_parallelism}) : Route{};
  return route_workflow(root);
}

} // namespace

Route route(std::string_view method, std::string_view path) {
  if (is_below_v1(path))
    return route_below_v1(method, path);
  if (needs_token(path))
    return route_below_prefix(method, path.substr(std::min(prefix.size(), path.size())));
  if (core::equals_ignoring_case(path, "/healthz"))
    return route_probe(method, Operation::health);
  if (core::equals_ignoring_case(path, "/readyz"))
    return route_probe(method, Operation::readiness);
  return {};
}

bool needs_token(std::string_view path) {
  return core::equals_ignoring_case(path.substr(0, prefix.size()), prefix) || core::equals_ignoring_case(path, "/v2") ||
         is_below_v1(path);
}

} // namespace sluice::http
