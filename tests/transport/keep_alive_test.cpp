#include <catch2/catch.hpp>

#include "tests/transport/client.hpp"
#include "tests/transport/scripted_server.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

TEST_CASE("A connection carries one request after the other", "[transport]") {
  Client client;
  ScriptedServer server(client.io(), {{answer("1")}, {answer("2")}, {"HTTP/1.1 204 No\r\n\r\n"}, {answer("4")}});
  CHECK(client.fetch(server.url("/a")).body == "1");
  CHECK(client.fetch(server.url("/b")).body == "2");
  CHECK(client.fetch(server.url("/c")).status == 204);
  CHECK(client.fetch(server.url("/d")).body == "4");
  CHECK(server.accepted == 1);
}

TEST_CASE("A connection can be used again from inside the outcome", "[transport]") {
  Client client;
  ScriptedServer server(client.io(), {{answer()}});
  std::unique_ptr<Transport::Call> call;
  int outcomes = 0;
  std::function<void()> send = [&] {
    call = client.transport->send(Client::post(server.url()), [&](Outcome outcome) {
      CHECK(outcome.status == 200);
      if (++outcomes < 50)
        send();
    });
  };
  send();
  client.run_until([&] { return outcomes == 50; });
  CHECK(server.accepted == 1);
}

TEST_CASE("Nothing waits for a connection", "[transport]") {
  Client client;
  ScriptedServer server(client.io(), {{""}});
  std::vector<std::optional<Outcome>> outcomes(20);
  std::vector<std::unique_ptr<Transport::Call>> calls;
  for (auto& outcome : outcomes)
    calls.push_back(client.send(Client::post(server.url()), outcome));
  client.run_until([&] { return server.requests.size() == 20; });
  CHECK(server.accepted == 20);
}

TEST_CASE("A connection that was closed while idle is not used again", "[transport]") {
  Client client;
  ScriptedServer server(client.io(), {{answer()}});
  client.fetch(server.url());
  server.close_connections();
  SECTION("when its end was noticed") {
    ScriptedServer other(client.io(), {{answer()}});
    client.fetch(other.url());
  }
  SECTION("nor when the next request comes before that") {}
  CHECK(client.fetch(server.url()).status == 200);
  CHECK(server.accepted == 2);
  CHECK(server.requests.size() == 2);
}

TEST_CASE("A connection that was kept before is asked again each time", "[transport]") {
  Client client;
  ScriptedServer server(client.io(), {{answer()}});
  for (int i = 0; i < 3; ++i)
    client.fetch(server.url());
  server.close_connections(); // The client has not run since, and has noticed nothing.
  CHECK(client.fetch(server.url()).status == 200);
  CHECK(server.accepted == 2);
}

TEST_CASE("An unasked answer is never taken for the next one", "[transport]") {
  Client client;
  SECTION("when it came with the first") {
    ScriptedServer server(client.io(), {{answer("first") + answer("unasked")}, {answer("second")}});
    CHECK(client.fetch(server.url()).body == "first");
    CHECK(client.fetch(server.url()).body == "second");
    CHECK(server.accepted == 2);
  }
  SECTION("when it came later") {
    ScriptedServer server(client.io(), {{answer("first")}, {answer("second")}});
    CHECK(client.fetch(server.url()).body == "first");
    server.send_unasked(answer("unasked")); // Written at once; the client has not run since.
    CHECK(client.fetch(server.url()).body == "second");
    CHECK(server.accepted == 2);
  }
  SECTION("when it came later, from a server that kept to the rules before") {
    ScriptedServer server(client.io(), {{answer("first")}, {answer("second")}, {answer("third")}});
    CHECK(client.fetch(server.url()).body == "first");
    CHECK(client.fetch(server.url()).body == "second");
    server.send_unasked(answer("unasked"));
    CHECK(client.fetch(server.url()).body == "third");
    CHECK(server.accepted == 2);
  }
  SECTION("when it came later and was noticed") {
    ScriptedServer server(client.io(), {{answer("first")}, {answer("second")}});
    CHECK(client.fetch(server.url()).body == "first");
    server.send_unasked(answer("unasked"));
    client.run_until([&] { return server.closed_by_client == 1; });
    CHECK(client.fetch(server.url()).body == "second");
  }
}

TEST_CASE("A request that reached a reused connection is not sent twice", "[transport]") {
  Client client;
  ScriptedServer server(client.io(), {{answer()}, {"", After::close}});
  client.fetch(server.url());
  auto outcome = client.fetch(server.url());
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.error, Catch::Contains("closed before its head was complete"));
  CHECK(server.requests.size() == 2);
}

TEST_CASE("A connection that must not be used again is not", "[transport]") {
  HttpTransportOptions options;
  std::string bytes = answer();
  SECTION("by the answer") { bytes = answer("ok", "Connection: close\r\n"); }
  SECTION("by its version") { bytes = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"; }
  SECTION("by the time that the peer keeps it") { bytes = answer("ok", "Keep-Alive: timeout=1\r\n"); }
  SECTION("by the time that we keep it") { options.idle_timeout = 0s; }
  SECTION("by the number that we keep") { options.max_idle_connections = 0; }
  Client client(options);
  ScriptedServer server(client.io(), {{bytes}});
  CHECK(client.fetch(server.url()).status == 200);
  CHECK(client.fetch(server.url()).status == 200);
  CHECK(server.accepted == 2);
}

TEST_CASE("An idle connection is closed when its time is over", "[transport]") {
  HttpTransportOptions options;
  options.idle_timeout = 30ms;
  Client client(options);
  ScriptedServer server(client.io(), {{answer()}});
  client.fetch(server.url());
  client.run_until([&] { return server.closed_by_client == 1; });
}

TEST_CASE("The oldest idle connection makes room for a new one", "[transport]") {
  HttpTransportOptions options;
  options.max_idle_connections = 2;
  Client client(options);
  ScriptedServer a(client.io(), {{answer()}}), b(client.io(), {{answer()}}), c(client.io(), {{answer()}});
  for (auto* server : {&a, &b, &a, &c, &a, &b})
    CHECK(client.fetch(server->url()).status == 200);
  CHECK(a.accepted == 1);
  CHECK(b.accepted == 2);
  CHECK(c.accepted == 1);
}
