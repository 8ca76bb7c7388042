#include "http/api/errors.hpp"

#include "http/api/json.hpp"

namespace sluice::http {

int status_of(ErrorCode code) {
  switch (code) {
  case ErrorCode::invalid_argument:
    return 400;
  case ErrorCode::not_found:
    return 404;
  case ErrorCode::too_large:
    return 413;
  case ErrorCode::too_many:
    return 412;
  case ErrorCode::unsupported:
    return 501;
  case ErrorCode::overloaded:
  case ErrorCode::unavailable:
    return 503;
  case ErrorCode::insufficient_storage:
    return 507;
  case ErrorCode::store_unusable:
  case ErrorCode::address_in_use:
  case ErrorCode::io_error:
  case ErrorCode::internal:
    return 500;
  }
  return 500;
}

ApiResponse error_response(int status, std::string_view message) {
  ApiResponse response{.status = status, .body = error_json(message)};
  if (status == 503 || status == 507)
    response.headers.push_back({"Retry-After", "1"});
  return response;
}

ApiResponse error_response(const Error& error) { return error_response(status_of(error.code), error.message); }

Error no_workflows() { return {ErrorCode::unsupported, "workflow API not supported"}; }

} // namespace sluice::http
