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
Access access_of(const ApiRequest& request, std::string_view query, const TokenCheck& tokens) {
  for (const auto& header : request.headers)
    if (core::equals_ignoring_case(header.name, "authorization") &&
        core::equals_ignoring_case(header.value.substr(0, bearer.size()), bearer))
      return tokens.access(core::trim_blanks(header.value.substr(bearer.size())));
  for (const auto& parameter : split_query(query))
    if (core::equals_ignoring_case(parameter.name, "qstash_token"))
      return tokens.access(percent_decode(parameter.value).value_or(""));
  return Access::none;
}

ApiResponse method_not_allowed(std::string_view allow) {
  auto response = error_response(405, "method not allowed");
  response.headers.push_back({"Allow", std::string(allow)});
  return response;
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

Respond as_last_answer(Respond respond) {
  return [respond = std::move(respond)](ApiResponse response) {
    response.is_last = true;
    respond(std::move(response));
  };
}

bool is_probe(const Route& route) {
  return route.operation == Operation::health || route.operation == Operation::readiness;
}

// A check is a POST for its body alone.
bool only_reads(std::string_view method, const Route& route) {
  return method == "GET" || method == "HEAD" ||
         (route.operation == Operation::rate_limit && route.limit_verb == LimitVerb::check);
}

std::optional<ApiResponse> refusal(Access access, std::string_view method, const Route& route) {
  if (access == Access::none)
    return error_response(401, "unable to authenticate: invalid token");
  if (access == Access::read && !only_reads(method, route))
    return error_response(403, "this token may only read");
  return std::nullopt;
}

// How the audit log calls who used a credential.
std::string name_of(Access access) { return access == Access::all ? "token" : "readonly"; }

ApiResponse not_ready(std::string_view status, std::string_view reason) {
  return {.status = 503, .body = status_json(status, reason), .headers = {{"Retry-After", "1"}}};
}

} // namespace

class Api::Impl {
public:
  Impl(Scheduler& scheduler, ApiOptions options)
      : scheduler_(scheduler), options_(std::move(options)), tokens_(options_.token, options_.read_only_token) {
    // Their digests are enough.
    options_.token.clear();
    options_.read_only_token.clear();
  }

  void handle(ApiRequest request, Respond respond) {
    if (options_.cors && request.method == "OPTIONS")
      return respond(preflight());
    auto target = split_target(request.target);
    auto found = route(request.method, target.path);
    // A client of a server that ends should ask another one, but a probe wants to see the end.
    if (draining_ && !is_probe(found))
      respond = as_last_answer(std::move(respond));
    Access access = Access::none;
    if (needs_token(target.path)) {
      access = access_of(request, target.query, tokens_);
      if (auto refused = refusal(access, request.method, found))
        return respond(std::move(*refused));
    }
    Operator by{name_of(access), std::string(request.remote_address)};
    dispatch({scheduler_, options_, std::move(request), target, found, std::move(respond), std::move(by)});
  }

  void set_draining() { draining_ = true; }

private:
  void dispatch(Call call) {
    switch (call.route.operation) {
    case Operation::not_found:
      return call.respond(error_response(404, "not found"));
    case Operation::method_not_allowed:
      return call.respond(method_not_allowed(call.route.allow));
    case Operation::workflow:
      return call.respond(error_response(no_workflows()));
    case Operation::health:
      return call.respond({.body = status_json("ok")});
    case Operation::readiness:
      return tell_readiness(std::move(call));
    case Operation::publish:
      return publish(std::move(call));
    case Operation::enqueue:
      return enqueue(std::move(call));
    case Operation::batch:
      return publish_batch(std::move(call));
    case Operation::url_group_list:
      return list_url_groups(std::move(call));
    case Operation::url_group_get:
      return get_url_group(std::move(call));
    case Operation::url_group_set_defaults:
      return set_url_group_defaults(std::move(call));
    case Operation::url_group_delete:
      return delete_url_group(std::move(call));
    case Operation::url_group_add_endpoints:
      return add_endpoints(std::move(call));
    case Operation::url_group_remove_endpoints:
      return remove_endpoints(std::move(call));
    case Operation::message_get:
      return get_message(std::move(call));
    case Operation::message_cancel:
      return cancel_message(std::move(call));
    case Operation::messages_cancel:
      return cancel_messages(std::move(call));
    case Operation::queue_set:
      return set_queue(std::move(call));
    case Operation::queue_list:
      return list_queues(std::move(call));
    case Operation::queue_get:
      return get_queue(std::move(call));
    case Operation::queue_delete:
      return delete_queue(std::move(call));
    case Operation::queue_pause:
      return pause_queue(std::move(call));
    case Operation::queue_resume:
      return resume_queue(std::move(call));
    case Operation::schedule_create:
      return create_schedule(std::move(call));
    case Operation::schedule_list:
      return list_schedules(std::move(call));
    case Operation::schedule_get:
      return get_schedule(std::move(call));
    case Operation::schedule_delete:
      return delete_schedule(std::move(call));
    case Operation::schedule_pause:
      return pause_schedule(std::move(call));
    case Operation::schedule_resume:
      return resume_schedule(std::move(call));
    case Operation::dlq_list:
      return list_dlq(std::move(call));
    case Operation::dlq_get:
      return get_dlq_entry(std::move(call));
    case Operation::dlq_delete:
      return delete_dlq_entry(std::move(call));
    case Operation::dlq_delete_many:
      return delete_dlq_entries(std::move(call));
    case Operation::dlq_retry:
      return retry_dlq_entry(std::move(call));
    case Operation::dlq_retry_many:
      return retry_dlq_entries(std::move(call));
    case Operation::log_list:
      return list_log(std::move(call));
    case Operation::audit_list:
      return list_audit(std::move(call));
    case Operation::keys_get:
      return get_signing_keys(std::move(call));
    case Operation::keys_rotate:
      return rotate_signing_keys(std::move(call));
    case Operation::flow_control_list:
      return list_flow_controls(std::move(call));
    case Operation::flow_control_get:
      return get_flow_control(std::move(call));
    case Operation::flow_control_verb:
      return act_on_flow_control(std::move(call));
    case Operation::global_parallelism:
      return get_global_parallelism(std::move(call));
    case Operation::time_get:
      return get_time(std::move(call));
    case Operation::rate_limit:
      return act_on_rate_limit(std::move(call));
    }
  }

  void tell_readiness(Call call) const {
    if (draining_)
      return call.respond(not_ready("draining", "the server is stopping"));
    scheduler_.hindrance([respond = std::move(call.respond)](Result<std::string> hindrance) {
      if (hindrance && hindrance->empty())
        return respond({.body = status_json("ok")});
      respond(not_ready("unavailable", hindrance ? *hindrance : hindrance.error().message));
    });
  }

  Scheduler& scheduler_;
  ApiOptions options_;
  TokenCheck tokens_;
  bool draining_ = false;
};

Api::Api(Scheduler& scheduler, ApiOptions options) : impl_(std::make_unique<Impl>(scheduler, std::move(options))) {}
Api::~Api() = default;

void Api::handle(ApiRequest request, Respond respond) { impl_->handle(std::move(request), std::move(respond)); }
void Api::set_draining() { impl_->set_draining(); }

} // namespace sluice::http
