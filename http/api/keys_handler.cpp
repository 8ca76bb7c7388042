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

} // namespace

void get_signing_keys(Call call) { call.scheduler.signing_keys(answer_with_keys(std::move(call.respond))); }
void rotate_signing_keys(Call call) {
  call.scheduler.rotate_signing_keys(operator_of(call), answer_with_keys(std::move(call.respond)));
}

} // namespace sluice::http
