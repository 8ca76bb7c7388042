#include "http/api/rate_limit_route.hpp"

#include <algorithm>
#include <array>

#include "actors/core/characters.hpp"

namespace sluice::http {

namespace {

constexpr std::string_view prefix = "/v1/";
constexpr std::string_view root = "/v1/ratelimit";

struct Verb {
  std::string_view name;
  std::string_view method;
  LimitVerb verb;
};

constexpr std::array verbs = {Verb{"limit", "POST", LimitVerb::limit},     Verb{"check", "POST", LimitVerb::check},
                              Verb{"reset", "POST", LimitVerb::reset},     Verb{"value", "GET", LimitVerb::value},
                              Verb{"acquire", "POST", LimitVerb::acquire}, Verb{"reserve", "POST", LimitVerb::reserve},
                              Verb{"commit", "POST", LimitVerb::commit},   Verb{"cancel", "POST", LimitVerb::cancel},
                              Verb{"credit", "POST", LimitVerb::credit}};

Route found(LimitVerb verb, std::string_view name) {
  return {.operation = Operation::rate_limit, .argument = name, .limit_verb = verb};
}

Route not_allowed(std::string_view allow) { return {.operation = Operation::method_not_allowed, .allow = allow}; }

Route route_definition(std::string_view method, std::string_view name) {
  if (name.empty())
    return method == "GET" ? found(LimitVerb::list, {}) : not_allowed("GET");
  if (method == "PUT")
    return found(LimitVerb::put, name);
  if (method == "GET")
    return found(LimitVerb::get, name);
  return method == "DELETE" ? found(LimitVerb::drop, name) : not_allowed("GET, PUT, DELETE");
}

} // namespace

bool is_below_v1(std::string_view path) {
  return core::equals_ignoring_case(path.substr(0, prefix.size()), prefix) || core::equals_ignoring_case(path, "/v1");
}

Route route_below_v1(std::string_view method, std::string_view path) {
  if (core::equals_ignoring_case(path, "/v1/audit") || core::equals_ignoring_case(path, "/v1/audit/"))
    return method == "GET" ? Route{.operation = Operation::audit_list} : not_allowed("GET");
  if (core::equals_ignoring_case(path, "/v1/time"))
    return method == "GET" ? Route{.operation = Operation::time_get} : not_allowed("GET");
  if (!core::equals_ignoring_case(path.substr(0, root.size()), root))
    return {};
  auto rest = path.substr(root.size());
  if (rest.empty() || rest == "/")
    return route_definition(method, {});
  if (rest.front() != '/')
    return {};
  rest.remove_prefix(1);
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto name = rest.substr(0, slash);
  const auto verb = rest.substr(std::min(slash + 1, rest.size()));
  if (verb.empty())
    return route_definition(method, name);
  for (const auto& each : verbs)
    if (core::equals_ignoring_case(verb, each.name))
      return method == each.method ? found(each.verb, name) : not_allowed(each.method);
  return {};
}

} // namespace sluice::http
