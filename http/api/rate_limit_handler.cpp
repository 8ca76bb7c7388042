#include <algorithm>

#include "actors/core/text.hpp"
#include "http/api/audit.hpp"
#include "http/api/errors.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json_rate_limit.hpp"
#include "http/api/rate_limit_headers.hpp"
#include "http/api/rate_limit_parameters.hpp"

namespace sluice::http {

namespace {

constexpr int too_many_requests = 429;

ApiResponse limit_error(const Error& error) {
  auto response = error_response(error);
  response.body = limit_error_json(error);
  return response;
}

template <class T, class Write>
Reply<T> answer_with(Respond respond, Write write) {
  return [respond = std::move(respond), write = std::move(write)](Result<T> result) {
    respond(result ? ApiResponse{.body = write(*result)} : limit_error(result.error()));
  };
}

Reply<void> answer_with_nothing(Respond respond) {
  return
      [respond = std::move(respond)](Result<void> done) { respond(done ? ApiResponse{} : limit_error(done.error())); };
}

Respond logged(Call& call, std::string action, const std::string& name, std::vector<LogField> arguments = {}) {
  return audited(std::move(call.respond), call.options.log, {std::move(action), name, std::move(arguments)}, call.by);
}

// --- definitions -------------------------------------------------------------

void list(Call call) {
  call.scheduler.limits().definitions(answer_with<LimitDefinitions>(std::move(call.respond), limit_definitions_json));
}

void put(Call call, std::string name) {
  auto definition = read_limit_definition(call.request.body);
  if (!definition)
    return call.respond(limit_error(definition.error()));
  auto reply = answer_with_nothing(logged(call, "putLimit", name));
  call.scheduler.limits().define(std::move(name), *definition, std::move(call.by), std::move(reply));
}

void get(Call call, const std::string& name) {
  call.scheduler.limits().definition(
      name, answer_with<LimitDefinition>(std::move(call.respond), [name](const LimitDefinition& definition) {
        return limit_definition_json(name, definition);
      }));
}

void drop(Call call, std::string name) {
  auto reply = answer_with_nothing(logged(call, "dropLimit", name));
  call.scheduler.limits().drop(std::move(name), std::move(call.by), std::move(reply));
}

// --- buckets -----------------------------------------------------------------

void append(Headers& to, Headers headers) {
  to.insert(to.end(), std::make_move_iterator(headers.begin()), std::make_move_iterator(headers.end()));
}

ApiResponse describe(const LimitAnswer& answer, const std::string& name, bool with_status) {
  ApiResponse response{.body = answer.thrown ? rate_limited_json(name, answer) : limit_answer_json(answer)};
  const bool is_refused = answer.thrown || (with_status && !answer.ok);
  if (is_refused) {
    response.status = too_many_requests;
    append(response.headers, retry_after_header(answer.retry_after));
  }
  if (is_refused || with_status)
    append(response.headers, rate_limit_headers(name, answer));
  return response;
}

// The bucket that somebody who asks again has to think of: the one that binds, or else the emptiest.
std::size_t nearest_to_its_limit(const CombinedAnswer& answer) {
  const auto emptiest = std::ranges::min_element(answer.answers, {}, &LimitAnswer::remaining);
  return answer.binding.value_or(static_cast<std::size_t>(emptiest - answer.answers.begin()));
}

ApiResponse describe(const CombinedAnswer& answer, const std::vector<BucketRequest>& requests, bool with_status) {
  ApiResponse response{.body = combined_answer_json(answer, requests)};
  if (with_status && !answer.ok) {
    response.status = too_many_requests;
    append(response.headers, retry_after_header(answer.retry_after));
  }
  if (with_status) {
    const auto nearest = nearest_to_its_limit(answer);
    append(response.headers, rate_limit_headers(requests[nearest].name, answer.answers[nearest]));
  }
  return response;
}

void take_one(Call call, BucketRequest request, bool consumes, bool with_status) {
  auto limits = call.scheduler.limits();
  Reply<LimitAnswer> reply = [respond = std::move(call.respond), name = request.name,
                              with_status](Result<LimitAnswer> answer) {
    respond(answer ? describe(*answer, name, with_status) : limit_error(answer.error()));
  };
  consumes ? limits.limit(std::move(request), std::move(reply)) : limits.check(std::move(request), std::move(reply));
}

void take_all(Call call, const std::vector<BucketRequest>& requests, bool consumes, bool with_status) {
  auto limits = call.scheduler.limits();
  Reply<CombinedAnswer> reply = [respond = std::move(call.respond), requests,
                                 with_status](Result<CombinedAnswer> answer) {
    respond(answer ? describe(*answer, requests, with_status) : limit_error(answer.error()));
  };
  consumes ? limits.limit_all(requests, std::move(reply)) : limits.check_all(requests, std::move(reply));
}

void take(Call call, const std::string& name, bool consumes) {
  auto with_status = wants_status(call.target.query);
  if (!with_status)
    return call.respond(limit_error(with_status.error()));
  auto body = read_limit_call(call.request.body, name);
  if (!body)
    return call.respond(limit_error(body.error()));
  if (body->is_combined)
    return take_all(std::move(call), body->requests, consumes, *with_status);
  take_one(std::move(call), std::move(body->requests.front()), consumes, *with_status);
}

// Its client may go away before the answer: then the tokens are for those behind.
void acquire(Call call, std::string name) {
  auto with_status = wants_status(call.target.query);
  if (!with_status)
    return call.respond(limit_error(with_status.error()));
  auto request = read_acquire(call.request.body, name);
  if (!request)
    return call.respond(limit_error(request.error()));
  auto limits = call.scheduler.limits();
  Reply<LimitAnswer> reply = [respond = std::move(call.respond), name = std::move(name),
                              with_status = *with_status](Result<LimitAnswer> answer) {
    respond(answer ? describe(*answer, name, with_status) : limit_error(answer.error()));
  };
  const auto id = limits.acquire(*std::move(request), std::move(reply));
  if (call.request.on_gone)
    call.request.on_gone([limits, id]() mutable { limits.leave(id); });
}

ApiResponse describe(const ReservationAnswer& answer, const std::string& name, bool with_status) {
  auto response = describe(answer.verdict, name, with_status);
  response.body = reservation_json(answer);
  return response;
}

void reserve(Call call, std::string name) {
  auto with_status = wants_status(call.target.query);
  if (!with_status)
    return call.respond(limit_error(with_status.error()));
  auto request = read_reserve(call.request.body, name);
  if (!request)
    return call.respond(limit_error(request.error()));
  call.scheduler.limits().reserve(*std::move(request), [respond = std::move(call.respond), name = std::move(name),
                                                        with_status = *with_status](Result<ReservationAnswer> answer) {
    respond(answer ? describe(*answer, name, with_status) : limit_error(answer.error()));
  });
}

void settle(Call call, std::string name, bool commits) {
  const auto body = read_settle(call.request.body, commits);
  if (!body)
    return call.respond(limit_error(body.error()));
  call.scheduler.limits().commit(std::move(name), body->id, body->used,
                                 answer_with<bool>(std::move(call.respond), settled_json));
}

void credit(Call call, std::string name) {
  auto bucket = read_credit(call.request.body, std::move(name));
  if (!bucket)
    return call.respond(limit_error(bucket.error()));
  call.scheduler.limits().credit(*std::move(bucket), answer_with_nothing(std::move(call.respond)));
}

void reset(Call call, std::string name) {
  auto key = read_reset(call.request.body);
  if (!key)
    return call.respond(limit_error(key.error()));
  std::vector<LogField> arguments;
  if (*key)
    arguments.push_back({"bucket", **key});
  auto reply = answer_with_nothing(logged(call, "resetLimit", name, std::move(arguments)));
  call.scheduler.limits().reset(std::move(name), *std::move(key), std::move(call.by), std::move(reply));
}

void read_value(Call call, std::string name) {
  auto query = read_bucket_query(call.target.query, std::move(name));
  if (!query)
    return call.respond(limit_error(query.error()));
  call.scheduler.limits().value(std::move(*query),
                                answer_with<LimitReading>(std::move(call.respond), limit_reading_json));
}

bool has_parameters(LimitVerb verb) {
  switch (verb) {
  case LimitVerb::limit:
  case LimitVerb::check:
  case LimitVerb::acquire:
  case LimitVerb::reserve:
  case LimitVerb::value:
    return true;
  default:
    return false;
  }
}

} // namespace

void get_time(Call call) { call.respond({.body = time_json(call.options.clock().wall)}); }

void act_on_rate_limit(Call call) {
  auto name = percent_decode(call.route.argument);
  if (!name)
    return call.respond(limit_error(invalid("name", "the name has a % that two hexadecimal digits do not follow: " +
                                                        core::quoted(call.route.argument))));
  const auto verb = call.route.limit_verb;
  if (auto none = has_parameters(verb) ? Result<void>{} : refuse_parameters(call.target.query); !none)
    return call.respond(limit_error(none.error()));
  switch (verb) {
  case LimitVerb::list:
    return list(std::move(call));
  case LimitVerb::put:
    return put(std::move(call), *std::move(name));
  case LimitVerb::get:
    return get(std::move(call), *name);
  case LimitVerb::drop:
    return drop(std::move(call), *std::move(name));
  case LimitVerb::limit:
    return take(std::move(call), *name, true);
  case LimitVerb::check:
    return take(std::move(call), *name, false);
  case LimitVerb::reset:
    return reset(std::move(call), *std::move(name));
  case LimitVerb::value:
    return read_value(std::move(call), *std::move(name));
  case LimitVerb::acquire:
    return acquire(std::move(call), *std::move(name));
  case LimitVerb::reserve:
    return reserve(std::move(call), *std::move(name));
  case LimitVerb::commit:
  case LimitVerb::cancel:
    return settle(std::move(call), *std::move(name), verb == LimitVerb::commit);
  case LimitVerb::credit:
    return credit(std::move(call), *std::move(name));
  }
}

} // namespace sluice::http
