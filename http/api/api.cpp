#include "http/api/api.hpp"

#include "actors/core/characters.hpp"
#include "http/api/errors.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json.hpp"
#include "http/api/token_check.hpp"

namespace sluice::http {

namespace {

constexpr std::string_view bearer = "bearer ";

// A header beats the query; a header of another scheme is not for us.
bool brings_token(const ApiRequest& request, std::string_view query, const TokenCheck& token) {
  for (const auto& header : request.headers)
    if (core::equals_ignoring_case(header.name, "authorization") &&
        core::equals_ignoring_case(header.value.substr(0, bearer.size()), bearer))
      return token.matches(core::trim_blanks(header.value.substr(bearer.size())));
  for (const auto& parameter : split_query(query))
    if (core::equals_ignoring_case(parameter.name, "qstash_token"))
      return token.matches(percent_decode(parameter.value).value_or(""));
  return false;
}

ApiResponse method_not_allowed(std::string_view allow) {
  auto response = error_response(405, "method not allowed");
  response.headers.push_back({"Allow", std::string(allow)});
  return response;
}

ApiResponse not_built(std::string_view name) {
  return name == "workflow" ? error_response(501, "workflow API not supported") : error_response(unsupported(name));
}

// What a browser asks before it sends a request to another origin. A star does not cover
// Authorization, and a page from the internet needs leave to reach a private address.
ApiResponse preflight() {
  return {.status = 204,
          .headers = {{"Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE"},
                      {"Access-Control-Allow-Headers", "Authorization, *"},
                      {"Access-Control-Allow-Private-Network", "true"},
                      {"Access-Control-Max-Age", "600"}}};
}

} // namespace

class Api::Impl {
public:
  Impl(Scheduler& scheduler, ApiOptions options) : scheduler_(scheduler), token_(options.token), cors_(options.cors) {}

  void handle(ApiRequest request, Respond respond) {
    if (cors_ && request.method == "OPTIONS")
      return respond(preflight());
    auto target = split_target(request.target);
    if (needs_token(target.path) && !brings_token(request, target.query, token_))
      return respond(error_response(401, "unable to authenticate: invalid token"));
    auto found = route(request.method, target.path);
    dispatch({scheduler_, std::move(request), target, found, std::move(respond)});
  }

  void set_draining() { draining_ = true; }

private:
  void dispatch(Call call) {
    switch (call.route.endpoint) {
    case Endpoint::not_found:
      return call.respond(error_response(404, "not found"));
    case Endpoint::method_not_allowed:
      return call.respond(method_not_allowed(call.route.allow));
    case Endpoint::not_built:
      return call.respond(not_built(call.route.argument));
    case Endpoint::health:
      return call.respond({.body = status_json("ok")});
    case Endpoint::readiness:
      return call.respond(readiness());
    case Endpoint::publish:
      return publish(std::move(call));
    case Endpoint::enqueue:
      return enqueue(std::move(call));
    case Endpoint::message_get:
      return get_message(std::move(call));
    case Endpoint::message_cancel:
      return cancel_message(std::move(call));
    case Endpoint::messages_cancel:
      return cancel_messages(std::move(call));
    case Endpoint::queue_set:
      return set_queue(std::move(call));
    case Endpoint::queue_list:
      return list_queues(std::move(call));
    case Endpoint::queue_get:
      return get_queue(std::move(call));
    case Endpoint::queue_delete:
      return delete_queue(std::move(call));
    case Endpoint::queue_pause:
      return pause_queue(std::move(call));
    case Endpoint::queue_resume:
      return resume_queue(std::move(call));
    case Endpoint::dlq_list:
      return list_dlq(std::move(call));
    case Endpoint::dlq_get:
      return get_dlq_entry(std::move(call));
    case Endpoint::dlq_delete:
      return delete_dlq_entry(std::move(call));
    case Endpoint::dlq_delete_many:
      return delete_dlq_entries(std::move(call));
    case Endpoint::dlq_retry:
      return retry_dlq_entry(std::move(call));
    case Endpoint::dlq_retry_many:
      return retry_dlq_entries(std::move(call));
    case Endpoint::keys_get:
      return get_signing_keys(std::move(call));
    case Endpoint::keys_rotate:
      return rotate_signing_keys(std::move(call));
    case Endpoint::flow_control_list:
      return list_flow_controls(std::move(call));
    case Endpoint::flow_control_get:
      return get_flow_control(std::move(call));
    case Endpoint::flow_control_verb:
      return act_on_flow_control(std::move(call));
    case Endpoint::global_parallelism:
      return get_global_parallelism(std::move(call));
    }
  }

  ApiResponse readiness() const {
    return draining_ ? ApiResponse{.status = 503, .body = status_json("draining")}
                     : ApiResponse{.body = status_json("ok")};
  }

  Scheduler& scheduler_;
  TokenCheck token_;
  bool cors_;
  bool draining_ = false;
};

Api::Api(Scheduler& scheduler, ApiOptions options) : impl_(std::make_unique<Impl>(scheduler, std::move(options))) {}
Api::~Api() = default;

void Api::handle(ApiRequest request, Respond respond) { impl_->handle(std::move(request), std::move(respond)); }
void Api::set_draining() { impl_->set_draining(); }

} // namespace sluice::http
