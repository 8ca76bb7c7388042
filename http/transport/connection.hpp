// One connection to a destination: TCP, with TLS on top if the scheme wants it, and one
// request after the other. It lives for as long as anyone holds it or a wait is pending.
//
// It waits for readiness and then reads and writes at once: an exchange takes one wait,
// one gather write and one read, and an idle connection notices by the same wait that the
// peer has closed it. Used on the loop's thread only.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "actors/core/url.hpp"
#include "http/transport/tls_session.hpp"
#include "http/wire/response_reader.hpp"
#include "sluice/transport.hpp"

namespace sluice::http {

/// What the connections of one transport share; outlives every connection that is not closed.
struct ConnectionSettings {
  boost::asio::io_context& io;
  SSL_CTX& tls;
  ResponseLimits limits;
  /// Holds the bytes of one read only while they are taken in.
  std::array<char, 64 * 1024> buffer{};
  std::string plaintext{};
};

class Connection : public std::enable_shared_from_this<Connection> {
public:
  using Endpoint = boost::asio::ip::tcp::endpoint;

  /// Whom the connection serves now. Each call is the last that the connection makes
  /// in its handler, so that a user may do anything inside, and none is made from inside
  /// a call of the user's.
  class User {
  public:
    virtual ~User() = default;
    /// Ready for an exchange.
    virtual void on_open() {}
    /// The exchange is over, or it failed with status 0. `is_idle` says whether the
    /// connection is fit for another.
    virtual void on_answer(Outcome) {}
    /// The connection is closed; `reason` is for a person.
    virtual void on_failure(std::string reason) = 0;
  };

  explicit Connection(ConnectionSettings& settings);

  /// Connects, and shakes hands if the scheme is https. `user` hears of it. Empty, or
  /// why it failed at once.
  std::string open(const Endpoint& endpoint, const core::Url& url, User& user);

  /// Sends the request, whose body must stay until `user` hears of the end or `close` is
  /// called. False if the connection failed before a byte was sent; it is closed then.
  /// Precondition: open and not in an exchange.
  bool exchange(const OutgoingRequest& request, const core::Url& url, User& user);

  /// An idle connection tells `user` only of its end.
  void rest(User& user);

  /// The user hears nothing more.
  void close();

  bool is_idle() const noexcept { return state_ == State::idle; }
  /// Nothing has arrived that its handler has not seen yet. Precondition: `is_idle`.
  bool is_quiet();
  /// How long the peer keeps it open, as it said in the last answer.
  std::optional<std::chrono::seconds> keep_alive_timeout() const noexcept { return reader_.keep_alive_timeout(); }

private:
  enum class State { closed, connecting, shaking_hands, idle, busy };

  void on_connected(boost::system::error_code problem);
  void become_open();
  void wait_readable();
  void on_readable(boost::system::error_code problem);
  void take(std::string_view bytes);
  void take_ciphertext(std::string_view bytes);
  void take_plaintext(std::string_view bytes);
  void end(const std::string& reason);
  void finish(bool has_leftover);
  void fail(std::string reason);
  void encrypt();
  void send_tls_output();
  boost::system::error_code flush();
  void wait_writable();
  std::size_t unsent() const noexcept { return out_.size() + body_.size() - sent_; }
  void trim();

  ConnectionSettings& settings_;
  boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type> socket_;
  std::unique_ptr<TlsSession> tls_; // Null for http.
  ResponseReader reader_;
  std::string out_; // Head of the request, or ciphertext.
  std::string_view body_; // Follows `out_`.
  std::string unread_; // What the reader wants to see again.
  std::size_t sent_ = 0;
  User* user_ = nullptr;
  State state_ = State::closed;
  bool is_waiting_to_write_ = false;
};

} // namespace sluice::http
