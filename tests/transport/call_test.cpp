#include <catch2/catch.hpp>

#include "tests/transport/client.hpp"
#include "tests/transport/scripted_server.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

TEST_CASE("A cancelled call closes its connection and has no outcome", "[transport]") {
  Client client;
  ScriptedServer server(client.io(), {{""}});
  std::optional<Outcome> outcome;
  auto call = client.send(Client::post(server.url()), outcome);
  client.run_until([&] { return server.requests.size() == 1; });
  call.reset();
  client.run_until([&] { return server.closed_by_client == 1; });
  CHECK_FALSE(outcome);
}

TEST_CASE("A call can be cancelled at any time before its outcome", "[transport]") {
  Client client;
  ScriptedServer server(client.io(), {{answer()}});
  std::optional<Outcome> outcome;
  SECTION("at once") { client.send(Client::post(server.url()), outcome); }
  SECTION("with an error on its way") { client.send(Client::post("ftp://x"), outcome); }
  SECTION("while its host is looked up") { client.send(Client::post("http://localhost:1/"), outcome); }
  CHECK(client.fetch(server.url()).status == 200);
  CHECK_FALSE(outcome);
}

TEST_CASE("A call may end others, and itself, from inside its outcome", "[transport]") {
  Client client;
  ScriptedServer server(client.io(), {{answer()}});
  std::vector<std::unique_ptr<Transport::Call>> calls;
  int outcomes = 0;
  const auto answering = server.url();
  auto url = GENERATE_COPY(as<std::string>{}, answering, "http://127.0.0.1:1/", "ftp://x");
  for (int i = 0; i < 5; ++i)
    calls.push_back(client.transport->send(Client::post(url), [&](Outcome) {
      ++outcomes;
      calls.clear();
    }));
  client.run_until([&] { return outcomes > 0; });
  CHECK(client.fetch(server.url()).status == 200);
  CHECK(outcomes == 1);
}

TEST_CASE("Calls that run when the transport ends are dropped", "[transport]") {
  Client client;
  ScriptedServer server(client.io(), {{""}});
  std::vector<std::optional<Outcome>> outcomes(3);
  std::vector<std::unique_ptr<Transport::Call>> calls;
  calls.push_back(client.send(Client::post(server.url()), outcomes[0]));
  client.run_until([&] { return server.requests.size() == 1; });
  calls.push_back(client.send(Client::post("ftp://x"), outcomes[1]));
  calls.push_back(client.send(Client::post(server.url()), outcomes[2]));
  SECTION("with their handles") { calls.clear(); }
  SECTION("before their handles") {}
  client.transport.reset();
  client.run_until([&] { return server.closed_by_client >= 1; });
  for (auto& outcome : outcomes)
    CHECK_FALSE(outcome);
}

TEST_CASE("The transport may end inside an outcome", "[transport]") {
  Client client;
  ScriptedServer server(client.io(), {{answer()}});
  const auto answering = server.url();
  auto url = GENERATE_COPY(as<std::string>{}, answering, "http://127.0.0.1:1/", "ftp://x");
  int outcomes = 0;
  std::vector<std::unique_ptr<Transport::Call>> calls;
  for (int i = 0; i < 3; ++i)
    calls.push_back(client.transport->send(Client::post(url), [&](Outcome) {
      ++outcomes;
      client.transport.reset();
    }));
  client.run_until([&] { return outcomes > 0; });
  client.io().poll();
  CHECK(outcomes == 1);
}

TEST_CASE("A failure tells where it happened", "[transport]") {
  Client client;
  std::uint16_t port = 0;
  {
    ScriptedServer gone(client.io(), {{""}});
    port = gone.port();
  }
  auto outcome = client.fetch("http://127.0.0.1:" + std::to_string(port) + "/");
  CHECK(outcome.error == "connect to 127.0.0.1:" + std::to_string(port) + ": Connection refused");
  outcome = client.fetch("http://[::1]:" + std::to_string(port) + "/");
  CHECK_THAT(outcome.error, Catch::StartsWith("connect to [::1]:" + std::to_string(port) + ": "));
  CHECK(client.fetch("nonsense").error ==
        "invalid destination url: endpoint has invalid scheme, add http:// or https://");
}
