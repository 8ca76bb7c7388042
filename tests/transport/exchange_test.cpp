#include <catch2/catch.hpp>

#include "tests/transport/client.hpp"
#include "tests/transport/scripted_server.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

TEST_CASE("A request is written as it was given, with the transport's own fields", "[transport]") {
  Client client;
  ScriptedServer server(client.io(), {{answer()}});
  auto host = "Host: 127.0.0.1:" + std::to_string(server.port()) + "\r\n";
  OutgoingRequest request{Method::put, server.url("/a%2Fb?x=1"), {{"X-A", "1"}, {"x-a", ""}}, Body("hello"), 30s};

  SECTION("with a body") {
    CHECK(client.fetch(request).status == 200);
    CHECK(server.requests[0] ==
          "PUT /a%2Fb?x=1 HTTP/1.1\r\n" + host + "X-A: 1\r\nx-a: \r\nContent-Length: 5\r\n\r\nhello");
  }
  SECTION("an empty body is announced where a body is usual") {
    request.body = {};
    request.headers.clear();
    request.method = GENERATE(Method::post, Method::put, Method::patch);
    client.fetch(request);
    CHECK(server.requests[0] ==
          std::string(to_string(request.method)) + " /a%2Fb?x=1 HTTP/1.1\r\n" + host + "Content-Length: 0\r\n\r\n");
  }
  SECTION("and not where none is usual") {
    request.body = {};
    request.headers.clear();
    request.method = GENERATE(Method::get, Method::del);
    client.fetch(request);
    CHECK(server.requests[0] == std::string(to_string(request.method)) + " /a%2Fb?x=1 HTTP/1.1\r\n" + host + "\r\n");
  }
  SECTION("a GET may have a body") {
    request.method = Method::get;
    client.fetch(request);
    CHECK_THAT(server.requests[0], Catch::EndsWith("Content-Length: 5\r\n\r\nhello"));
  }
  SECTION("fields that frame the request are the transport's, whatever was given") {
    request.headers = {{"HOST", "evil"},
                       {"content-length", "0"},
                       {"Transfer-Encoding", "chunked"},
                       {"Connection", "close"},
                       {"X", "y"}};
    client.fetch(request);
    CHECK(server.requests[0] == "PUT /a%2Fb?x=1 HTTP/1.1\r\n" + host + "X: y\r\nContent-Length: 5\r\n\r\nhello");
  }
}

TEST_CASE("An outcome holds status, headers and body of the answer", "[transport]") {
  Client client;
  ScriptedServer server(client.io(), {{"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nlate"}});
  auto outcome = client.fetch(server.url());
  CHECK(outcome.status == 503);
  CHECK(outcome.headers == Headers{{"Retry-After", "7"}, {"Content-Length", "4"}});
  CHECK(outcome.body == "late");
  CHECK(outcome.error.empty());
}

TEST_CASE("Nothing is decompressed, and nothing compressed is asked for", "[transport]") {
  Client client;
  const std::string bomb("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xed\xc1", 12);
  ScriptedServer server(client.io(), {{answer(bomb, "Content-Encoding: gzip\r\n")}});
  auto outcome = client.fetch(server.url());
  CHECK(outcome.status == 200);
  CHECK(outcome.body == bomb);
  CHECK_THAT(server.requests[0], !Catch::Contains("ccept-"));
}

TEST_CASE("Interim answers are not the outcome", "[transport]") {
  Client client;
  ScriptedServer server(client.io(), {{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\n\r\n" + answer("x")}});
  CHECK(client.fetch(server.url()).body == "x");
}

TEST_CASE("A redirect is an outcome and is not followed", "[transport]") {
  Client client;
  ScriptedServer target(client.io(), {{answer()}});
  ScriptedServer server(client.io(),
                        {{"HTTP/1.1 302 Found\r\nLocation: " + target.url() + "\r\nContent-Length: 0\r\n\r\n"}});
  CHECK(client.fetch(server.url()).status == 302);
  CHECK(target.accepted == 0);
  CHECK(server.requests.size() == 1);
}

TEST_CASE("Large bodies arrive whole in both directions", "[transport]") {
  HttpTransportOptions options;
  options.max_response_body = 8'000'000;
  Client client(options);
  std::string large(5'000'000, 'x');
  for (std::size_t i = 0; i < large.size(); i += 97)
    large[i] = static_cast<char>(i);
  ScriptedServer server(client.io(), {{answer(large)}});
  auto outcome = client.fetch(Client::post(server.url(), large));
  CHECK(outcome.body == large);
  CHECK(server.requests[0].substr(server.requests[0].find("\r\n\r\n") + 4) == large);
  CHECK(client.fetch(server.url()).status == 200);
  CHECK(server.accepted == 1);
}

TEST_CASE("A body beyond the limit is cut and its connection closed", "[transport]") {
  HttpTransportOptions options;
  options.max_response_body = 10;
  Client client(options);
  ScriptedServer server(client.io(), {{"HTTP/1.1 200 OK\r\n\r\n0123456789abc", After::drip}});
  auto outcome = client.fetch(server.url());
  CHECK(outcome.status == 200);
  CHECK(outcome.body == "0123456789");
  client.run_until([&] { return server.closed_by_client == 1; });
}

TEST_CASE("A destination that answers before it has read the request has answered", "[transport]") {
  Client client;
  auto after = GENERATE(After::keep_open, After::close, After::reset);
  ScriptedServer server(client.io(), {{"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno", after}});
  server.reply_before_reading();
  auto outcome = client.fetch(Client::post(server.url(), std::string(20'000'000, 'x')));
  if (after != After::reset || outcome.status != 0) { // A reset may destroy the answer on its way.
    CHECK(outcome.status == 413);
    CHECK(outcome.body == "no");
  }
}

TEST_CASE("An answer that ends early at any byte is a failure", "[transport]") {
  Client client;
  auto whole = GENERATE(as<std::string>{}, answer("abc"),
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  auto after = GENERATE(After::close, After::reset);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    ScriptedServer server(client.io(), {{whole.substr(0, size), after}});
    auto outcome = client.fetch(server.url());
    CAPTURE(size);
    CHECK(outcome.status == 0);
    CHECK_FALSE(outcome.error.empty());
    CHECK(server.requests.size() == 1);
  }
}

TEST_CASE("Hostile servers make a failed attempt, never more", "[transport]") {
  auto bytes =
      GENERATE(as<std::string>{}, "SSH-2.0-OpenSSH_9.2p1\r\n", "garbage without an end", "<html>HTTP/0.9</html>",
               "HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n",
               "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 200 OK\nContent-Length: 0\n\n");
  auto reads = GENERATE(true, false);
  CAPTURE(bytes, reads);
  Client client;
  ScriptedServer server(client.io(), {{bytes}});
  if (!reads)
    server.reply_before_reading();
  auto outcome = client.fetch(server.url());
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.error, Catch::StartsWith("invalid answer: "));
}

TEST_CASE("Endless heads, interim answers and chunk extensions are cut off", "[transport]") {
  auto start =
      GENERATE(as<std::string>{}, "HTTP/1.1 200 OK\r\nX: a", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a",
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: a");
  Client client;
  ScriptedServer server(client.io(), {{start + std::string(65'000, 'a'), After::drip}});
  CHECK_THAT(client.fetch(server.url()).error, Catch::Contains("too long"));
  client.run_until([&] { return server.closed_by_client == 1; });
}

TEST_CASE("A destination that drips is cut by the timeout of the whole attempt", "[transport]") {
  auto start = GENERATE(as<std::string>{}, "HTTP/1.1 200 OK\r\nX: a",
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r");
  HttpTransportOptions options;
  options.max_response_head = std::size_t{1} << 31; // The time ends it, not the size.
  Client client(options);
  ScriptedServer server(client.io(), {{start, After::drip}});
  auto request = Client::post(server.url());
  request.timeout = 60ms;
  auto outcome = client.fetch(request);
  CHECK(outcome.status == 0);
}

TEST_CASE("A destination that never answers is given up after the timeout", "[transport]") {
  Client client;
  ScriptedServer server(client.io(), {{""}});
  auto request = Client::post(server.url());
  request.timeout = 60ms;
  auto outcome = client.fetch(request);
  CHECK(outcome.status == 0);
  CHECK(outcome.error == "no answer within 60 ms");
  client.run_until([&] { return server.closed_by_client == 1; });
}

TEST_CASE("What may not be sent is a failed attempt without a connection", "[transport]") {
  Client client;
  ScriptedServer server(client.io(), {{answer()}});
  auto request = Client::post(server.url());
  SECTION("a header value that injects a line") { request.headers = {{"X", "a\r\nInjected: 1"}}; }
  SECTION("a header name that does") { request.headers = {{"X: a\r\nInjected", "1"}}; }
  SECTION("a target that does") { request.url += "a\r\nInjected: 1"; }
  SECTION("no scheme") { request.url = "127.0.0.1/"; }
  auto outcome = client.fetch(request);
  CHECK(outcome.status == 0);
  CHECK_FALSE(outcome.error.empty());
  CHECK(server.accepted == 0);
}
