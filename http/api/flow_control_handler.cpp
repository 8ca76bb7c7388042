#include "http/api/errors.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json.hpp"
#include "http/api/parameters.hpp"
#include "http/api/pin_parameters.hpp"

namespace sluice::http {

namespace {

Result<FlowControlKey> read_key(std::string_view encoded) {
  if (encoded.empty())
    return invalid("key", "flow control key is required");
  auto text = percent_decode(encoded);
  if (!text)
    return invalid("key", "the flow control key has a % that two hexadecimal digits do not follow");
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

void pin(Call call, FlowControlKey key) {
  auto request = read_pin(call.target.query);
  if (!request)
    return call.respond(error_response(request.error()));
  call.scheduler.pin(std::move(key), std::move(*request), operator_of(call),
                     answer_with_nothing(std::move(call.respond)));
}

void unpin(Call call, FlowControlKey key) {
  auto request = read_unpin(call.target.query);
  if (!request)
    return call.respond(error_response(request.error()));
  call.scheduler.unpin(std::move(key), std::move(*request), operator_of(call),
                       answer_with_nothing(std::move(call.respond)));
}

} // namespace

void list_flow_controls(Call call) {
  auto query = read_query(call.target.query);
  if (!query)
    return call.respond(error_response(query.error()));
  call.scheduler.flow_controls(
      std::move(*query), [respond = std::move(call.respond)](Result<std::vector<FlowControlInfo>> infos) {
        respond(infos ? ApiResponse{.body = flow_controls_json(*infos)} : error_response(infos.error()));
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
  auto& scheduler = call.scheduler;
  switch (call.route.verb) {
  case FlowControlVerb::pin:
    return pin(std::move(call), std::move(*key));
  case FlowControlVerb::unpin:
    return unpin(std::move(call), std::move(*key));
  case FlowControlVerb::pause:
    return scheduler.pause(std::move(*key), operator_of(call), answer_with_nothing(std::move(call.respond)));
  case FlowControlVerb::resume:
    return scheduler.resume(std::move(*key), operator_of(call), answer_with_nothing(std::move(call.respond)));
  case FlowControlVerb::reset_rate:
    return scheduler.reset_rate(std::move(*key), operator_of(call), answer_with_nothing(std::move(call.respond)));
  case FlowControlVerb::reset:
    return scheduler.reset(std::move(*key), operator_of(call), answer_with_nothing(std::move(call.respond)));
  }
}

void get_global_parallelism(Call call) {
  call.scheduler.global_parallelism([respond = std::move(call.respond)](Result<GlobalParallelism> parallelism) {
    respond(parallelism ? ApiResponse{.body = global_parallelism_json(*parallelism)}
                        : error_response(parallelism.error()));
  });
}

} // namespace sluice::http
