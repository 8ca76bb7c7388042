// A listener with a handler of the test's, and clients, all on one io_context that runs
// only until something happened.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "http/listener.hpp"

namespace sluice::test {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// Collects what comes; `send` returns at once and the bytes leave while the loop runs.
class Client {
public:
  Client(asio::io_context& io, std::uint16_t port) : socket_(io) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
    read();
  }
  ~Client() {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

  void send(std::string bytes) {
    auto shared = std::make_shared<std::string>(std::move(bytes));
    asio::async_write(socket_, asio::buffer(*shared),
                      [this, shared, alive = std::weak_ptr(alive_)](auto error, std::size_t) {
                        if (error && !alive.expired())
                          has_failed = true;
                      });
  }
  void close() { socket_.close(); }
  void stop_sending() { socket_.shutdown(asio::ip::tcp::socket::shutdown_send); }

  std::string text; ///< Everything that came.
  bool is_closed = false; ///< By the server.
  bool has_failed = false; ///< To send, or to read up to an orderly end.

private:
  void read() {
    socket_.async_read_some(asio::buffer(buffer_),
                            [this, alive = std::weak_ptr(alive_)](auto error, std::size_t count) {
                              if (alive.expired())
                                return;
                              text.append(buffer_.data(), count);
                              is_closed = static_cast<bool>(error);
                              has_failed = has_failed || (error && error != asio::error::eof);
                              if (!error)
                                read();
                            });
  }

  asio::ip::tcp::socket socket_;
  std::array<char, 4096> buffer_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

/// Answers `200` with the request's line and body, unless `handle` is replaced.
class Loopback {
public:
  explicit Loopback(http::ListenerOptions options = {}) {
    options.sweep_interval = 2ms;
    auto opened = http::Listener::open(io, options, [this](http::ApiRequest request, http::Respond respond) {
      handled.push_back(std::string(request.method) + " " + std::string(request.target) + " [" + request.body + "]");
      remote_address = request.remote_address;
      handle(std::move(respond));
    });
    if (!opened)
      throw std::runtime_error(opened.error().message);
    listener = *std::move(opened);
    listener->start();
  }
  // Handlers that still wait in the loop must not outlive the listener and run.
  ~Loopback() { listener.reset(); }

  std::unique_ptr<Client> connect() { return std::make_unique<Client>(io, listener->port()); }

  /// Runs the loop until `condition` holds; throws when that takes absurdly long.
  template <class Condition>
  void run_until(Condition condition) {
    auto guard = std::chrono::steady_clock::now() + 20s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > guard)
        throw std::runtime_error("the awaited never happened");
      io.run_one_for(100ms);
      io.restart();
    }
  }
  void run_until_closed(const Client& client) {
    run_until([&] { return client.is_closed; });
  }
  void run_until_text(const Client& client, std::string_view end) {
    run_until([&] { return client.text.ends_with(end); });
  }

  asio::io_context io{1};
  std::unique_ptr<http::Listener> listener;
  std::vector<std::string> handled;
  std::string remote_address;
  std::function<void(http::Respond)> handle = [this](http::Respond respond) { respond({200, handled.back()}); };
};

} // namespace sluice::test
