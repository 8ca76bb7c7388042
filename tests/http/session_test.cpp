#include "http/session.hpp"

#include <optional>

#include <catch2/catch.hpp>

#include "tests/http/loopback.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

std::string request(const std::string& line, const std::string& headers = "", const std::string& body = "") {
  return line + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n" + body;
}

std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

http::ListenerOptions impatient() {
  http::ListenerOptions options;
  options.session.request_timeout = 20ms;
  return options;
}

} // namespace

TEST_CASE("Session answers one request after another on a connection", "[http]") {
  Loopback server;
  auto client = server.connect();
  client->send(request("POST /a", "Content-Length: 5\r\n", "hello"));
  server.run_until_text(*client, "[hello]");
  CHECK(client->text == ok("POST /a [hello]"));
  CHECK(server.remote_address == "127.0.0.1");

  client->text.clear();
  client->send(request("GET /b"));
  server.run_until_text(*client, "[]");
  CHECK(client->text == ok("GET /b []"));
  CHECK(server.listener->session_count() == 1);
}

TEST_CASE("Session gives every answer the lines that all have in common, a refusal too", "[http]") {
  http::ListenerOptions options;
  options.session.header_lines = "X-All: 1\r\n";
  Loopback server(options);
  for (auto* line : {"GET /a", "BREW /a"}) {
    auto client = server.connect();
    client->send(request(line, "Connection: close\r\n"));
    server.run_until_closed(*client);
    CHECK(client->text.find("\r\nX-All: 1\r\n") != std::string::npos);
  }
}

TEST_CASE("Session closes when the client asks for it", "[http]") {
  Loopback server;
  auto client = server.connect();
  client->send(request("GET /a", "Connection: close\r\n"));
  server.run_until_closed(*client);
  CHECK(client->text.find("\r\nConnection: close\r\n") != std::string::npos);
  CHECK(client->text.ends_with("GET /a []"));
  CHECK_FALSE(client->has_failed);
  client->close();
  server.run_until([&] { return server.listener->session_count() == 0; });
}

TEST_CASE("Session keeps an HTTP/1.0 connection only on request", "[http]") {
  Loopback server;
  auto client = server.connect();
  client->send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  server.run_until_text(*client, "[]");
  CHECK(client->text.find("\r\nConnection: keep-alive\r\n") != std::string::npos);
  client->send("GET /b HTTP/1.0\r\n\r\n");
  server.run_until_closed(*client);
  CHECK(client->text.ends_with("GET /b []"));
}

TEST_CASE("Session answers pipelined requests in order, one at a time", "[http]") {
  Loopback server;
  std::vector<http::Respond> waiting;
  auto client = server.connect();

  SECTION("when the handler answers later") {
    server.handle = [&](http::Respond respond) { waiting.push_back(std::move(respond)); };
    client->send(request("GET /1") + request("POST /2", "Content-Length: 2\r\n", "ok") + request("GET /3"));
    server.run_until([&] { return waiting.size() == 1; });
    CHECK(server.handled.size() == 1);
    waiting[0]({200, "one"});
    CHECK(server.handled.size() == 2);
    waiting[1]({200, "two"});
    waiting[2]({200, "three"});
    server.run_until_text(*client, "three");
    CHECK(client->text == ok("one") + ok("two") + ok("three"));
  }
  SECTION("when the handler answers at once, ten thousand times") {
    std::string requests, answers;
    for (int i = 0; i < 10'000; ++i) {
      requests += request("GET /" + std::to_string(i));
      answers += ok("GET /" + std::to_string(i) + " []");
    }
    client->send(requests);
    server.run_until([&] { return client->text.size() >= answers.size(); });
    CHECK((client->text == answers));
  }
}

TEST_CASE("Session does not read while a request is handled", "[http]") {
  Loopback server;
  std::optional<http::Respond> waiting;
  server.handle = [&](http::Respond respond) { waiting = std::move(respond); };
  auto client = server.connect();
  // More than the buffers of both sockets hold: the sender must get stuck.
  std::string requests;
  while (requests.size() < 16 * 1024 * 1024)
    requests += request("GET /x");
  bool is_sent = false;
  asio::ip::tcp::socket sender(server.io);
  sender.connect({asio::ip::address_v4::loopback(), server.listener->port()});
  asio::async_write(sender, asio::buffer(requests), [&](auto, std::size_t) { is_sent = true; });
  server.run_until([&] { return waiting.has_value(); });
  while (server.io.poll() > 0) {
  }
  CHECK_FALSE(is_sent);
  CHECK(server.handled.size() == 1);
}

TEST_CASE("Session refuses a body above the limit before it comes", "[http]") {
  http::ListenerOptions options;
  options.session.limits.max_body = 1000;
  Loopback server(options);
  auto client = server.connect();

  SECTION("announced") { client->send(request("POST /a", "Content-Length: 1001\r\n")); }
  SECTION("announced, and the client waits for permission") {
    client->send(request("POST /a", "Expect: 100-continue\r\nContent-Length: 1001\r\n"));
  }
  SECTION("chunked") { client->send(request("POST /a", "Transfer-Encoding: chunked\r\n", "3e9\r\n")); }
  SECTION("and the client sends it nevertheless") {
    client->send(request("POST /a", "Content-Length: 4000000\r\n", std::string(4'000'000, 'x')));
  }
  server.run_until_closed(*client);
  CHECK(client->text.starts_with("HTTP/1.1 413 Payload Too Large\r\n"));
  CHECK(client->text.ends_with("\r\nConnection: close\r\n\r\n{\"error\":\"body too large\"}"));
  CHECK_FALSE(client->has_failed);
  CHECK(server.handled.empty());
}

TEST_CASE("Session refuses malformed requests and never reads what follows", "[http]") {
  Loopback server;
  auto client = server.connect();
  client->send("GET /a HTTP/1.1\r\nHost : h\r\n\r\n" + request("GET /b"));
  server.run_until_closed(*client);
  CHECK(client->text.starts_with("HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n"));
  CHECK(client->text.ends_with("{\"error\":\"malformed header name\"}"));
  CHECK(server.handled.empty());
}

TEST_CASE("Session names the methods when it refuses one", "[http]") {
  Loopback server;
  auto client = server.connect();
  client->send(request("get /a"));
  server.run_until_closed(*client);
  CHECK(client->text.starts_with("HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, "));
}

TEST_CASE("Session permits a body that waits for it", "[http]") {
  Loopback server;
  auto client = server.connect();
  client->send(request("POST /a", "Expect: 100-continue\r\nContent-Length: 5\r\n"));
  server.run_until_text(*client, "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(server.handled.empty());
  client->send("hello");
  server.run_until_text(*client, ok("POST /a [hello]"));
}

TEST_CASE("Session sends no body in answer to HEAD", "[http]") {
  Loopback server;
  auto client = server.connect();
  client->send(request("HEAD /a") + request("GET /b"));
  server.run_until_text(*client, "GET /b []");
  CHECK(client->text ==
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n" + ok("GET /b []"));
}

TEST_CASE("Session sends no body with a 204", "[http]") {
  Loopback server;
  server.handle = [](http::Respond respond) { respond({204, "", {{"Allow", "GET"}}}); };
  auto client = server.connect();
  client->send(request("OPTIONS /a"));
  server.run_until_text(*client, "\r\n\r\n");
  CHECK(client->text == "HTTP/1.1 204 No Content\r\nAllow: GET\r\n\r\n");
}

TEST_CASE("Session sends large answers whole", "[http]") {
  Loopback server;
  std::string body(8 * 1024 * 1024, 'b');
  server.handle = [&](http::Respond respond) { respond({200, body}); };
  auto client = server.connect();
  client->send(request("GET /a") + request("GET /b", "Connection: close\r\n"));
  server.run_until_closed(*client);
  CHECK(client->text.size() > 2 * body.size());
  CHECK((client->text.ends_with(body)));
}

TEST_CASE("Session sends an answer of pieces in their order, and to HEAD only how long it is", "[http]") {
  Loopback server;
  std::string piece(300'000, 'p');
  server.handle = [&](http::Respond respond) {
    respond({.body = "[", .pieces = {Body(piece), Body("-"), Body(piece), Body("]")}});
  };
  auto client = server.connect();
  client->send(request("HEAD /a") + request("GET /b"));
  auto whole = ok("[" + piece + "-" + piece + "]");
  server.run_until([&] { return client->text.ends_with("]"); });
  CHECK((client->text == whole.substr(0, whole.find('[')) + whole));
}

TEST_CASE("Session ends when a client goes away between the pieces of its answer", "[http]") {
  Loopback server;
  server.handle = [&](http::Respond respond) {
    respond({.pieces = std::vector<Body>(64, Body(std::string(1 << 20, 'p')))});
  };
  auto client = server.connect();
  client->send(request("GET /a"));
  server.run_until([&] { return client->text.size() > 1 << 20; });
  client->close();
  server.run_until([&] { return server.listener->session_count() == 0; });
}

TEST_CASE("Session does the rest of the loop's work while it writes a long answer", "[http]") {
  Loopback server;
  server.handle = [&](http::Respond respond) {
    respond({200, server.handled.size() == 1 ? std::string(16 << 20, 'b') : "small"});
  };
  auto slow = server.connect();
  auto quick = server.connect();
  slow->send(request("GET /long"));
  server.run_until([&] { return !slow->text.empty(); });
  quick->send(request("GET /short"));
  server.run_until_text(*quick, "small");
  CHECK(slow->text.size() < std::size_t{16} << 20);
}

TEST_CASE("Session cuts off a request that takes too long", "[http]") {
  Loopback server(impatient());
  auto client = server.connect();
  SECTION("in its head") { client->send("GET / HT"); }
  SECTION("in its body") { client->send(request("POST /a", "Content-Length: 5\r\n", "hel")); }
  SECTION("in its chunks") { client->send(request("POST /a", "Transfer-Encoding: chunked\r\n", "5\r\nhel")); }
  SECTION("behind another") { client->send(request("GET /a") + "GET / HT"); }
  SECTION("whose body never follows the permission") {
    client->send(request("POST /a", "Expect: 100-continue\r\nContent-Length: 5\r\n"));
  }
  server.run_until_closed(*client);
  CHECK(client->text.find("HTTP/1.1 408 Request Timeout\r\n") != std::string::npos);
  CHECK(client->text.ends_with("{\"error\":\"the request took too long\"}"));
}

TEST_CASE("Session gives a request no more time for each byte that drips in", "[http]") {
  Loopback server(impatient());
  auto client = server.connect();
  server.run_until([&] {
    // Every round of the loop brings another byte, until the server has had enough.
    if (!client->is_closed && client->text.empty())
      client->send("x");
    return client->is_closed;
  });
  CHECK(client->text.starts_with("HTTP/1.1 408 "));
}

TEST_CASE("Session closes an idle connection without a word", "[http]") {
  http::ListenerOptions options;
  options.session.idle_timeout = 20ms;
  Loopback server(options);
  auto fresh = server.connect();
  auto used = server.connect();
  used->send(request("GET /a"));
  server.run_until_closed(*fresh);
  server.run_until_closed(*used);
  CHECK(fresh->text == "");
  CHECK(used->text == ok("GET /a []"));
  CHECK(server.listener->session_count() == 0);
}

TEST_CASE("Session does not time a request that is being handled", "[http]") {
  auto options = impatient();
  options.session.idle_timeout = 20ms;
  Loopback server(options);
  std::optional<http::Respond> waiting;
  server.handle = [&](http::Respond respond) { waiting = std::move(respond); };
  auto client = server.connect();
  auto other = server.connect();
  client->send(request("GET /a"));
  server.run_until([&] { return waiting.has_value(); });
  // The other one's end proves that its deadline, set no earlier, has been looked at.
  server.run_until_closed(*other);
  CHECK_FALSE(client->is_closed);
  (*waiting)({200, "late"});
  server.run_until_text(*client, ok("late"));
}

TEST_CASE("Session cuts off a client that does not read its answer", "[http]") {
  Loopback server(impatient());
  std::string body(32 * 1024 * 1024, 'b');
  server.handle = [&](http::Respond respond) { respond({200, body}); };
  asio::ip::tcp::socket mute(server.io);
  mute.connect({asio::ip::address_v4::loopback(), server.listener->port()});
  asio::write(mute, asio::buffer(request("GET /a")));
  server.run_until([&] { return server.handled.size() == 1; });
  CHECK(server.listener->session_count() == 1);
  server.run_until([&] { return server.listener->session_count() == 0; });
}

TEST_CASE("Session survives an answer that comes after the client has gone", "[http]") {
  Loopback server;
  std::optional<http::Respond> waiting;
  server.handle = [&](http::Respond respond) { waiting = std::move(respond); };
  auto client = server.connect();
  client->send(request("GET /a"));
  server.run_until([&] { return waiting.has_value(); });

  SECTION("by closing") {
    client->close();
    (*waiting)({200, "late"});
    server.run_until([&] { return server.listener->session_count() == 0; });
  }
  SECTION("because the listener is gone") {
    server.listener.reset();
    (*waiting)({200, "late"});
  }
}

TEST_CASE("Session answers a client that has stopped sending", "[http]") {
  Loopback server;
  auto client = server.connect();
  asio::ip::tcp::socket half(server.io);
  client->send(request("GET /a"));
  client->stop_sending();
  server.run_until_closed(*client);
  CHECK(client->text == ok("GET /a []"));
}
