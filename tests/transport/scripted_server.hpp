// A server on a loopback port that answers by a script, well or badly.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

namespace sluice::test {

enum class After { keep_open, close, reset, drip };

/// What is done when a whole request has come; `drip` sends the last byte again for ever.
struct Reply {
  std::string bytes;
  After after = After::keep_open;
};

class ScriptedServer {
public:
  using Socket = boost::asio::ip::tcp::socket;

  /// Gives the replies one after the other, over all connections; the last one stays.
  /// With `tls`, it speaks TLS and closes as TLS demands.
  ScriptedServer(boost::asio::io_context& io, std::vector<Reply> replies, boost::asio::ssl::context* tls = nullptr);
  ~ScriptedServer();

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::string url(const std::string& target = "/") const;

  /// Replies at once, and reads nothing.
  void reply_before_reading() { reads_ = false; }
  /// Sends `bytes` on every connection.
  void send_unasked(const std::string& bytes);
  void close_connections();

  std::size_t accepted = 0;
  std::size_t closed_by_client = 0;
  std::vector<std::string> requests{};

private:
  class Session;
  template <class Stream>
  class StreamSession;

  void accept();
  Reply next_reply();

  boost::asio::io_context& io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<Reply> replies_;
  boost::asio::ssl::context* tls_;
  std::size_t next_ = 0;
  bool reads_ = true;
  std::vector<std::shared_ptr<Session>> sessions_;
};

} // namespace sluice::test
