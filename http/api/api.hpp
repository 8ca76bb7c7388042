// The REST API without sockets: a request in, a response out, a Scheduler behind.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "http/wire/header_view.hpp"
#include "sluice/log.hpp"
#include "sluice/scheduler.hpp"

namespace sluice::http {

/// Requests to it may have larger bodies than others.
inline constexpr std::string_view batch_path = "/v2/batch";

/// A request that passed the wire's checks. Its views are valid during `Api::handle`.
struct ApiRequest {
  std::string_view method;
  std::string_view target; ///< Origin form, as it was sent.
  std::span<const HeaderView> headers;
  std::string body;
  std::string_view remote_address; ///< Numeric, without the port.
  /// Calls what it is given if the client goes away before the answer, as far as that is seen; may be empty. To
  /// be called once, during `Api::handle`.
  std::function<void(std::function<void()>)> on_gone{};
};

struct ApiResponse {
  int status = 200;
  std::string body{}; ///< JSON, or empty.
  Headers headers{}; ///< Besides Content-Type, Content-Length and Connection.
  bool is_last = false; ///< The connection is closed after it.
  std::vector<Body> pieces{}; ///< What the body goes on with if it is long.
};

using Respond = std::function<void(ApiResponse)>;

/// Does something on the loop's thread, after what waits there.
using Later = std::function<void(std::function<void()>)>;

struct ApiOptions {
  std::string token{};
  std::string read_only_token{}; ///< Empty: there is none.
  bool cors = false; ///< Answers what browsers ask first; needs `cors_header_lines` in every answer.
  LogSink log{}; ///< Empty: nothing is logged.
  Clock clock = system_clock(); ///< The scheduler's.
  Later later{}; ///< Long answers are written in slices. Empty: at once.
  std::function<void(const SigningKeys&)> signing_keys_changed{}; ///< Called before a rotation is answered.
};

/// Let a page of any origin read an answer.
inline constexpr std::string_view cors_header_lines =
    "Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: *\r\n";

/// Lives on the event loop's thread; one instance serves every connection.
class Api {
public:
  Api(Scheduler& scheduler, ApiOptions options);
  ~Api();

  /// Calls `respond` exactly once, at once or later, on the loop's thread.
  void handle(ApiRequest request, Respond respond);
  /// From now on /readyz says that the server is draining, and every other answer is the last one of its connection.
  void set_draining();

private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace sluice::http
