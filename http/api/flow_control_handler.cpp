#include "actors/core/text.hpp"
#include "http/api/audit.hpp"
#include "http/api/errors.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json.hpp"
#include "http/api/parameters.hpp"
#include "http/api/pin_parameters.hpp"
#include "http/api/sliced_list.hpp"

namespace sluice::http {

namespace {

Result<FlowControlKey> read_key(std::string_view encoded) {
  if (encoded.empty())
    return invalid("key", "flow control key is required");
  auto text = percent_decode(encoded);
  if (!text)
    return invalid("key",
                   "the flow control key has a % that two hexadecimal digits do not follow: " + core::quoted(encoded));
  return FlowControlKey{std::move(*text)};
}

Result<FlowControlQuery> read_query(std::string_view text) {
  auto parameters = read_parameters(text);
  if (!parameters)
    return parameters.error();
  FlowControlQuery query;
  for (auto& parameter : *parameters) {
    if (parameter.name == "search") {
      query.search = std::move(parameter.value);
    } else if (parameter.name == "after") {
      query.after = std::move(parameter.value);
    } else if (parameter.name == "limit") {
      auto limit = read_integer(parameter, 1, static_cast<std::int64_t>(FlowControlQuery{}.limit));
      if (!limit)
        return limit.error();
      query.limit = static_cast<std::size_t>(*limit);
    }
  }
  return query;
}

Reply<void> answer_with_nothing(Respond respond) {
  return [respond = std::move(respond)](Result<void> done) {
    respond(done ? ApiResponse{} : error_response(done.error()));
  };
}

std::string in_seconds(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count()) + "s";
}

std::vector<LogField> arguments_of(const PinRequest& request) {
  std::vector<LogField> fields;
  if (request.rate)
    fields.push_back({"rate", std::to_string(*request.rate)});
  if (request.period)
    fields.push_back({"period", in_seconds(*request.period)});
  if (request.parallelism)
    fields.push_back({"parallelism", std::to_string(*request.parallelism)});
  return fields;
}

std::vector<LogField> arguments_of(const UnpinRequest& request) {
  return {{"rate", request.rate ? "true" : "false"}, {"parallelism", request.parallelism ? "true" : "false"}};
}

// The answer to an action, which is logged.
Reply<void> answer(Call& call, std::string action, const FlowControlKey& key, std::vector<LogField> arguments = {}) {
  return answer_with_nothing(
      audited(std::move(call.respond), call.options.log, {std::move(action), key.text, std::move(arguments)}, call.by));
}

void pin(Call call, FlowControlKey key) {
  auto request = read_pin(call.target.query);
  if (!request)
    return call.respond(error_response(request.error()));
  auto reply = answer(call, "pin", key, arguments_of(*request));
  call.scheduler.pin(std::move(key), std::move(*request), std::move(call.by), std::move(reply));
}

void unpin(Call call, FlowControlKey key) {
  auto request = read_unpin(call.target.query);
  if (!request)
    return call.respond(error_response(request.error()));
  auto reply = answer(call, "unpin", key, arguments_of(*request));
  call.scheduler.unpin(std::move(key), std::move(*request), std::move(call.by), std::move(reply));
}

using KeyAction = void (Scheduler::*)(FlowControlKey, Operator, Reply<void>);

void act(Call call, FlowControlKey key, std::string name, KeyAction action) {
  auto reply = answer(call, std::move(name), key);
  (call.scheduler.*action)(std::move(key), std::move(call.by), std::move(reply));
}

} // namespace

void list_flow_controls(Call call) {
  auto query = read_query(call.target.query);
  if (!query)
    return call.respond(error_response(query.error()));
  call.scheduler.flow_controls(std::move(*query), [later = call.options.later, respond = std::move(call.respond)](
                                                      Result<std::vector<FlowControlInfo>> infos) mutable {
    if (!infos)
      return respond(error_response(infos.error()));
    respond_with_list(std::move(later), std::move(respond), *std::move(infos), flow_control_json);
  });
}

void get_flow_control(Call call) {
  auto key = read_key(call.route.argument);
  if (!key)
    return call.respond(error_response(key.error()));
  call.scheduler.flow_control(std::move(*key), [respond = std::move(call.respond)](Result<FlowControlInfo> info) {
    respond(info ? ApiResponse{.body = flow_control_json(*info)} : error_response(info.error()));
  });
}

void act_on_flow_control(Call call) {
  auto key = read_key(call.route.argument);
  if (!key)
    return call.respond(error_response(key.error()));
  switch (call.route.verb) {
  case FlowControlVerb::pin:
    return pin(std::move(call), std::move(*key));
  case FlowControlVerb::unpin:
    return unpin(std::move(call), std::move(*key));
  case FlowControlVerb::pause:
    return act(std::move(call), std::move(*key), "pause", &Scheduler::pause);
  case FlowControlVerb::resume:
    return act(std::move(call), std::move(*key), "resume", &Scheduler::resume);
  case FlowControlVerb::reset_rate:
    return act(std::move(call), std::move(*key), "resetRate", &Scheduler::reset_rate);
  case FlowControlVerb::reset:
    return act(std::move(call), std::move(*key), "reset", &Scheduler::reset);
  }
}

void get_global_parallelism(Call call) {
  call.scheduler.global_parallelism([respond = std::move(call.respond)](Result<GlobalParallelism> parallelism) {
    respond(parallelism ? ApiResponse{.body = global_parallelism_json(*parallelism)}
                        : error_response(parallelism.error()));
  });
}

} // namespace sluice::http
