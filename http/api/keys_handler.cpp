#include "http/api/audit.hpp"
#include "http/api/errors.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json.hpp"

namespace sluice::http {

namespace {

Reply<SigningKeys> answer_with_keys(Respond respond) {
  return [respond = std::move(respond)](Result<SigningKeys> keys) {
    respond(keys ? ApiResponse{.body = signing_keys_json(*keys)} : error_response(keys.error()));
  };
}

// Who keeps the keys elsewhere must have them before somebody relies on them.
Reply<SigningKeys> telling(std::function<void(const SigningKeys&)> changed, Reply<SigningKeys> reply) {
  if (!changed)
    return reply;
  return [changed = std::move(changed), reply = std::move(reply)](Result<SigningKeys> keys) {
    if (keys)
      changed(*keys);
    reply(std::move(keys));
  };
}

} // namespace

void get_signing_keys(Call call) { call.scheduler.signing_keys(answer_with_keys(std::move(call.respond))); }

void rotate_signing_keys(Call call) {
  auto respond = audited(std::move(call.respond), call.options.log, {.name = "rotate"}, call.by);
  auto reply = telling(call.options.signing_keys_changed, answer_with_keys(std::move(respond)));
  call.scheduler.rotate_signing_keys(std::move(call.by), std::move(reply));
}

} // namespace sluice::http
