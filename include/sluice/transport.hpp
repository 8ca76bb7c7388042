// The outgoing seam: carry one attempt to its destination and bring back one outcome.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sluice/event_loop.hpp"
#include "sluice/message.hpp"
#include "sluice/result.hpp"
#include "sluice/time.hpp"

namespace sluice {

/// One attempt, ready to be sent: `headers` are complete but for `Host`,
/// `Content-Length` and `Connection`, which belong to the transport.
struct OutgoingRequest {
  Method method = Method::post;
  std::string url; ///< Absolute, http or https.
  Headers headers;
  Body body;
  Duration timeout{0}; ///< Of the whole attempt, name look-up and connecting included; > 0.
};

/// What came back. Either `status` is 100 … 599 and the answer is here, or `status`
/// is 0 and `error` says what went wrong on the way.
struct Outcome {
  int status = 0;
  Headers headers{};
  std::string body{}; ///< Cut at the transport's response limit.
  std::string error{};
};

/// Carries requests out. All calls and completions happen on the loop's thread.
class Transport {
public:
  /// A running call. Destroying it cancels the call: `done` is then never called.
  class Call {
  public:
    virtual ~Call() = default;
  };

  /// Takes the outcome; called exactly once for a call that is not cancelled,
  /// and never from inside `send`.
  using Done = std::function<void(Outcome)>;

  virtual ~Transport() = default;

  /// Sends `request` and keeps to its timeout. Never fails at once: every error is
  /// an Outcome.
  virtual std::unique_ptr<Call> send(OutgoingRequest request, Done done) = 0;
};

/// Resolves host names; called on a thread of its own, may block. Returns numeric
/// addresses (`192.0.2.1`, `2001:db8::1`), or an error.
using Resolver = std::function<Result<std::vector<std::string>>(const std::string& host)>;

/// The resolver of the operating system.
Resolver system_resolver();

struct HttpTransportOptions {
  std::string ca_file{}; ///< Trusted besides the system's certificates (PEM); empty: none.
  std::size_t max_response_body = 1024 * 1024; ///< Bytes kept of an answer's body.
  std::size_t max_response_head = 64 * 1024; ///< A longer head is a failed attempt.
  Duration connect_timeout = std::chrono::seconds{10}; ///< Look-up, connect and TLS together.
  Duration idle_timeout = std::chrono::seconds{4}; ///< How long a connection is kept for reuse.
  std::size_t max_idle_connections = 1024;
  Resolver resolver{}; ///< Empty: system_resolver().
  /// Addresses and ranges such as `10.0.0.0/8, fd00::/8` that may be connected to besides
  /// public ones; empty for none, `private` for all. A name is judged by the addresses that
  /// it has at each attempt: those that are not allowed are never connected to.
  std::string allow_destinations = "private";
};

/// HTTP/1.1 over TCP and TLS with a keep-alive pool per origin. Follows no redirect,
/// decompresses nothing, verifies every certificate. `loop` must outlive it.
/// Errors: `io_error` if `ca_file` cannot be read, `invalid_argument` if
/// `allow_destinations` cannot be understood.
Result<std::unique_ptr<Transport>> make_http_transport(EventLoop& loop, HttpTransportOptions options = {});

} // namespace sluice
