// The REST front: a Scheduler behind a port, speaking the QStash v2 API.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "sluice/log.hpp"
#include "sluice/scheduler.hpp"

namespace sluice {

struct ServerOptions {
  std::string host = "127.0.0.1"; ///< A numeric address to listen on.
  std::uint16_t port = 8080; ///< 0: any free port.
  std::string token{}; ///< What clients authenticate with; must not be empty.
  std::string read_only_token{}; ///< What clients authenticate with that may only read (GET, HEAD); empty: none.
  bool cors = false; ///< Lets browsers of any origin call the API (development only).
  std::size_t max_body = 1024 * 1024; ///< Bytes of one request's body.
  std::size_t max_batch = 16 * 1024 * 1024; ///< Bytes of a batch's body; each message is judged by itself.
  std::size_t max_head = 64 * 1024; ///< Bytes of one request's head.
  Duration request_timeout = std::chrono::seconds{30}; ///< From the first byte of a request to its last.
  Duration idle_timeout = std::chrono::seconds{75}; ///< Between two requests of a connection.
  std::size_t max_connections = 10'000;
  /// Takes lines on operators' actions, refused connections and trouble with the store; empty: nothing is logged.
  LogSink log{};
  /// Called on the loop's thread after the signing keys were rotated, before that is answered.
  std::function<void(const SigningKeys&)> signing_keys_changed{};
  SchedulerOptions scheduler{}; ///< `event_loop` is set by the server.
};

/// Owns the event loop, the scheduler and the listener. Not thread-safe but for `stop`.
class Server {
public:
  /// Listens; answers once `run` is called. Errors: `address_in_use`, `io_error`,
  /// `invalid_argument`, `store_unusable`.
  static Result<Server> open(ServerOptions options);

  Server(Server&&) noexcept;
  Server& operator=(Server&&) noexcept;
  ~Server();

  /// The port it listens on.
  std::uint16_t port() const noexcept;
  Scheduler& scheduler() noexcept;

  /// Serves until `stop` was called and the calls in flight have ended or the grace
  /// time is over. `ready` is called once requests are answered.
  void run(std::function<void()> ready = {});
  /// Refuses new connections and new work, and lets `run` return. Connections that are there still get
  /// answers, so that a probe sees /readyz say that the server is draining. A second call drops what
  /// is still in flight. Safe from any thread.
  void stop();

private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

} // namespace sluice
