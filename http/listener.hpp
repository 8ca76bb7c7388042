// Accepts connections, owns the sessions, and looks after their deadlines.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "http/session.hpp"
#include "sluice/log.hpp"
#include "sluice/result.hpp"

namespace sluice::http {

struct ListenerOptions {
  std::string host = "127.0.0.1"; ///< A numeric address.
  std::uint16_t port = 0; ///< 0: any free port.
  std::size_t max_connections = 10'000;
  SessionOptions session{};
  Duration sweep_interval = std::chrono::milliseconds{250}; ///< How exact deadlines are.
  LogSink log{}; ///< Told of connections that were refused, at most once a second; empty: nobody.
};

/// Lives on the loop's thread. The loop must not run handlers any more once it is destroyed.
class Listener {
public:
  /// Binds and listens. Errors: `invalid_argument`, `address_in_use`, `io_error`.
  static Result<std::unique_ptr<Listener>> open(boost::asio::io_context& io, ListenerOptions options,
                                                RequestHandler handle);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  std::size_t session_count() const noexcept { return sessions_.size(); }

  /// Begins to accept.
  void start();
  /// Accepts no more; what is connected goes on.
  void stop_accepting();
  /// The same, and closes idle connections; a running request still gets its answer.
  void stop();

private:
  using Executor = boost::asio::io_context::executor_type;
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;
  using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                  boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

  Listener(boost::asio::io_context& io, ListenerOptions options, RequestHandler handle);
  Result<void> listen();
  void accept();
  void on_accepted(const boost::system::error_code& error, Socket socket);
  void accept_later();
  void add_session(Socket socket);
  void note_refusal(std::string_view reason);
  void remove_session(Session& session);
  void sweep_later();
  void sweep();

  ListenerOptions options_;
  SessionContext context_;
  Acceptor acceptor_;
  Timer retry_timer_;
  Timer sweep_timer_;
  bool is_sweeping_ = false;
  std::size_t refusals_ = 0; ///< Not told yet.
  TimePoint told_refusals_{};
  std::uint16_t port_ = 0;
  boost::asio::ip::tcp::endpoint peer_;
  std::vector<std::shared_ptr<Session>> sessions_;
};

} // namespace sluice::http
