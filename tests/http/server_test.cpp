#include "sluice/server.hpp"

#include <array>
#include <future>
#include <thread>

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

using namespace sluice;

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

ServerOptions options() {
  ServerOptions options;
  options.port = 0;
  options.token = "secret";
  return options;
}

Server open() {
  auto server = Server::open(options());
  if (!server)
    throw std::runtime_error(server.error().message);
  return *std::move(server);
}

/// Runs a server on a thread of its own until it was stopped.
class Running {
public:
  explicit Running(Server& server) : server_(server) {
    std::promise<void> ready;
    thread_ = std::thread([&] { server.run([&] { ready.set_value(); }); });
    ready.get_future().wait();
  }
  ~Running() {
    server_.stop();
    server_.stop();
    if (thread_.joinable())
      thread_.join();
  }
  void join() { thread_.join(); }

private:
  Server& server_;
  std::thread thread_;
};

/// Sends one request on a connection of its own and returns all that comes back.
std::string ask(std::uint16_t port, const std::string& line, const std::string& headers = "") {
  asio::io_context io;
  tcp::socket socket(io);
  socket.connect({asio::ip::address_v4::loopback(), port});
  asio::write(socket, asio::buffer(line + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + headers + "\r\n"));
  std::string answer;
  boost::system::error_code ignored;
  asio::read(socket, asio::dynamic_buffer(answer), ignored);
  return answer;
}

/// Loses everything.
class NoTransport : public Transport {
public:
  std::unique_ptr<Call> send(OutgoingRequest, Done) override { return nullptr; }
};

/// One request on a connection that stays open, and its answer.
std::string ask(tcp::socket& socket, const std::string& path) {
  asio::write(socket, asio::buffer("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n"));
  std::string answer(4096, '\0');
  answer.resize(socket.read_some(asio::buffer(answer)));
  return answer;
}

/// Asks until the answer begins with `beginning`.
std::string ask_until(tcp::socket& socket, const std::string& path, std::string_view beginning) {
  for (auto guard = std::chrono::steady_clock::now() + std::chrono::seconds{20};
       std::chrono::steady_clock::now() < guard;)
    if (auto answer = ask(socket, path); answer.starts_with(beginning))
      return answer;
  return {};
}

/// Reads to the end; false if that does not come.
bool is_closed_by_peer(tcp::socket& socket) {
  timeval guard{.tv_sec = 20, .tv_usec = 0};
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &guard, sizeof guard);
  std::array<char, 1024> buffer;
  ssize_t count = 0;
  while ((count = ::recv(socket.native_handle(), buffer.data(), buffer.size(), 0)) > 0) {
  }
  return count == 0;
}

} // namespace

TEST_CASE("Server answers on its port until it is stopped", "[http]") {
  auto server = open();
  Running running(server);
  CHECK(ask(server.port(), "GET /v2/flowControl", "Authorization: Bearer secret\r\n").starts_with("HTTP/1.1 200 "));
  CHECK(ask(server.port(), "GET /v2/flowControl", "Authorization: Bearer wrong\r\n").starts_with("HTTP/1.1 401 "));
  server.stop();
  running.join();
  CHECK_THROWS(ask(server.port(), "GET /healthz"));
}

TEST_CASE("Server::open says that the address is in use", "[http]") {
  auto first = open();
  auto taken = options();
  taken.port = first.port();
  auto second = Server::open(taken);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ErrorCode::address_in_use);
  CHECK(second.error().message == "127.0.0.1:" + std::to_string(taken.port) + ": address already in use");
}

TEST_CASE("Server::open refuses an empty token", "[http]") {
  auto without = options();
  without.token.clear();
  auto server = Server::open(without);
  REQUIRE_FALSE(server);
  CHECK(server.error().field == "token");
}

TEST_CASE("Server::open refuses a read-only token that is the token", "[http]") {
  auto same = options();
  same.read_only_token = same.token;
  auto server = Server::open(same);
  REQUIRE_FALSE(server);
  CHECK(server.error().field == "read_only_token");
}

TEST_CASE("Server::run returns at once if the server was stopped before", "[http]") {
  auto once = open();
  once.stop();
  once.run();
  auto twice = open();
  twice.stop();
  twice.stop();
  twice.run();
}

TEST_CASE("Server::stop waits for calls in flight, and its second call does not", "[http]") {
  asio::io_context io;
  tcp::acceptor destination(io, {asio::ip::address_v4::loopback(), 0});
  auto with_destination = options();
  with_destination.scheduler.grace = std::chrono::hours{1};
  auto server = Server::open(with_destination);
  REQUIRE(server);
  Running running(*server);
  auto url = "http://127.0.0.1:" + std::to_string(destination.local_endpoint().port()) + "/";
  CHECK(ask(server->port(), "POST /v2/publish/" + url, "Authorization: Bearer secret\r\n").find("messageId") !=
        std::string::npos);
  auto call = destination.accept(); // and never answer it
  tcp::socket probe(io);
  probe.connect({asio::ip::address_v4::loopback(), server->port()});
  CHECK(ask(probe, "/readyz").starts_with("HTTP/1.1 200 "));
  server->stop();
  CHECK(ask_until(probe, "/readyz", "HTTP/1.1 503 ")
            .ends_with("{\"status\":\"draining\",\"reason\":\"the server is stopping\"}"));
  CHECK(ask(probe, "/healthz").starts_with("HTTP/1.1 200 "));

  SECTION("the call ends") {
    asio::write(call, asio::buffer(std::string("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")));
    // Only a loop that still runs takes the answer and closes its end.
    CHECK(is_closed_by_peer(call));
    running.join();
  }
  SECTION("stop is called again") {
    server->stop();
    running.join();
  }
}

TEST_CASE("Server refuses to publish to an address that its options do not allow", "[http]") {
  auto restricted = options();
  restricted.scheduler.http.allow_destinations = "";
  auto server = Server::open(restricted);
  REQUIRE(server);
  Running running(*server);
  auto answer = ask(server->port(), "POST /v2/publish/http://localhost/", "Authorization: Bearer secret\r\n");
  CHECK(answer.starts_with("HTTP/1.1 400 "));
  CHECK(answer.ends_with(R"({"error":"invalid destination url: endpoint resolves to a loopback address: ::1"})"));
}

TEST_CASE("Server::open refuses a list of destinations that is not understood", "[http]") {
  auto restricted = options();
  restricted.scheduler.http.allow_destinations = "localhost";
  SECTION("with its own transport") {}
  SECTION("with a transport of the program") { restricted.scheduler.transport = std::make_shared<NoTransport>(); }
  auto server = Server::open(restricted);
  REQUIRE_FALSE(server);
  CHECK(server.error().field == "allow_destinations");
}

TEST_CASE("A destination whose name leads inside at delivery gets no connection", "[http]") {
  asio::io_context io;
  tcp::acceptor inside(io, {asio::ip::address_v4::loopback(), 0});
  auto restricted = options();
  restricted.scheduler.http.allow_destinations = "";
  restricted.scheduler.http.resolver = [](const std::string&) { return std::vector<std::string>{"127.0.0.1"}; };
  auto server = Server::open(restricted);
  REQUIRE(server);
  Running running(*server);
  auto url = "http://public.example:" + std::to_string(inside.local_endpoint().port()) + "/";
  const std::string token = "Authorization: Bearer secret\r\n";
  auto once = token + "Upstash-Retries: 0\r\nUpstash-Timeout: 1s\r\n";
  CHECK(ask(server->port(), "POST /v2/publish/" + url, once).starts_with("HTTP/1.1 200 "));
  std::string failed;
  while (failed.find(url) == std::string::npos)
    failed = ask(server->port(), "GET /v2/dlq", token);
  CHECK(failed.find("destination address 127.0.0.1 is not allowed") != std::string::npos);
  inside.non_blocking(true);
  boost::system::error_code nobody;
  inside.accept(nobody);
  CHECK(nobody == asio::error::would_block);
}
