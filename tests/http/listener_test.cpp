#include "http/listener.hpp"

#include <optional>

#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/http/loopback.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

const std::string get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

/// Leaves no descriptor free until it is destroyed.
class NoDescriptors {
public:
  NoDescriptors() {
    for (int descriptor; (descriptor = ::dup(0)) >= 0;)
      taken_.push_back(descriptor);
  }
  ~NoDescriptors() {
    for (auto descriptor : taken_)
      ::close(descriptor);
  }

private:
  std::vector<int> taken_;
};

} // namespace

TEST_CASE("Listener refuses an address in use", "[http]") {
  Loopback server;
  http::ListenerOptions options;
  options.port = server.listener->port();
  auto second = http::Listener::open(server.io, options, [](auto, auto) {});
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ErrorCode::address_in_use);
  CHECK(second.error().message == "127.0.0.1:" + std::to_string(options.port) + ": address already in use");
}

TEST_CASE("Listener refuses a host that is no numeric address", "[http]") {
  asio::io_context io;
  http::ListenerOptions options;
  options.host = "localhost";
  auto opened = http::Listener::open(io, options, [](auto, auto) {});
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == ErrorCode::invalid_argument);
  CHECK(opened.error().field == "host");
}

TEST_CASE("Listener turns away connections above its limit, and says so once in a while", "[http]") {
  std::vector<LogLine> logged;
  http::ListenerOptions options;
  options.max_connections = 2;
  options.log = [&](const LogLine& line) { logged.push_back(line); };
  Loopback server(options);
  auto first = server.connect();
  auto second = server.connect();
  auto third = server.connect();
  third->send(get);
  server.run_until_closed(*third);
  CHECK(third->text.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
  CHECK(third->text.ends_with("{\"error\":\"too many connections\"}"));
  CHECK_FALSE(third->has_failed);
  auto another = server.connect();
  server.run_until_closed(*another);
  REQUIRE(logged.size() == 1);
  CHECK(logged[0].message == "connections refused");
  CHECK(logged[0].fields[0].value == "too many connections");

  another->close();
  third->close();
  first->close();
  server.run_until([&] { return server.listener->session_count() == 1; });
  auto fourth = server.connect();
  fourth->send(get);
  server.run_until_text(*fourth, "GET /a []");
}

TEST_CASE("Listener goes on after it ran out of descriptors", "[http]") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit tight = before;
  tight.rlim_cur = 64;
  Loopback server;
  auto first = server.connect();
  server.run_until([&] { return server.listener->session_count() == 1; });
  auto second = server.connect(); // waits in the kernel's queue
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
  std::string too_early;
  {
    NoDescriptors none;
    second->send(get);
    first->send(get);
    server.run_until_text(*first, "GET /a []");
    too_early = second->text;
  }
  CHECK(too_early == "");
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  server.run_until_text(*second, "GET /a []");
}

TEST_CASE("Listener survives clients that connect and reset", "[http]") {
  Loopback server;
  for (int i = 0; i < 200; ++i) {
    asio::ip::tcp::socket socket(server.io);
    socket.connect({asio::ip::address_v4::loopback(), server.listener->port()});
    socket.set_option(asio::socket_base::linger(true, 0));
  }
  auto client = server.connect();
  client->send(get);
  server.run_until_text(*client, "GET /a []");
  server.run_until([&] { return server.listener->session_count() == 1; });
}

TEST_CASE("Listener::stop_accepting leaves connections open until their last answer", "[http]") {
  Loopback server;
  auto client = server.connect();
  server.run_until([&] { return server.listener->session_count() == 1; });
  server.listener->stop_accepting();
  CHECK_THROWS(server.connect());
  client->send(get);
  server.run_until_text(*client, "GET /a []");
  CHECK_FALSE(client->is_closed);
  server.handle = [](http::Respond respond) { respond({.body = "last", .is_last = true}); };
  client->send(get);
  server.run_until_closed(*client);
  CHECK(client->text.find("\r\nConnection: close\r\n") != std::string::npos);
  CHECK(client->text.ends_with("last"));
}

TEST_CASE("Listener::stop closes idle connections and lets running requests finish", "[http]") {
  Loopback server;
  std::optional<http::Respond> waiting;
  server.handle = [&](http::Respond respond) { waiting = std::move(respond); };
  auto idle = server.connect();
  auto busy = server.connect();
  busy->send(get);
  server.run_until([&] { return waiting.has_value() && server.listener->session_count() == 2; });

  server.listener->stop();
  server.run_until_closed(*idle);
  CHECK(idle->text == "");
  CHECK_THROWS(server.connect());
  CHECK_FALSE(busy->is_closed);
  (*waiting)({200, "done"});
  server.run_until_closed(*busy);
  CHECK(busy->text.find("\r\nConnection: close\r\n") != std::string::npos);
  CHECK(busy->text.ends_with("done"));
  busy->close();
  server.run_until([&] { return server.listener->session_count() == 0; });
}
