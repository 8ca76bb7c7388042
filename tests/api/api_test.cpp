#include "http/api/api.hpp"

#include "tests/api/support/api_fixture.hpp"

using namespace sluice;
using sluice::test::header;

using Fixture = test::ApiFixture;

TEST_CASE("A request below /v2 needs the token, as a header or in the query", "[api]") {
  Fixture api;
  CHECK(api.call_as_stranger("GET", "/v2/keys", {{"authorization", "bearer secret"}}).status == 200);
  CHECK(api.call_as_stranger("GET", "/v2/keys?qstash_token=secret").status == 200);
  CHECK(api.call_as_stranger("GET", "/v2/keys?x=1&QSTASH_TOKEN=%73ecret").status == 200);
  // What a webhook signs its own calls with says nothing to us.
  CHECK(api.call_as_stranger("GET", "/v2/keys?qstash_token=secret", {{"Authorization", "Basic eDp5"}}).status == 200);
}

TEST_CASE("Every wrong token gets the same answer", "[api]") {
  Fixture api;
  auto row = GENERATE(table<std::string_view, std::string_view>({
      {"/v2/keys", ""},
      {"/v2/keys", "Bearer"},
      {"/v2/keys", "Bearer "},
      {"/v2/keys", "Bearer Secret"},
      {"/v2/keys", "Bearer secret2"},
      {"/v2/keys", "secret"},
      {"/v2/keys", "Basic secret"},
      {"/v2/keys?qstash_token=wrong", ""},
      {"/v2/keys?qstash_token=%", ""},
      {"/v2/keys?qstash_token=secret", "Bearer wrong"},
      {"/v2/nothing", "Bearer wrong"},
      {"/v2/publish/https://a.example/", "Bearer wrong"},
  }));
  CAPTURE(std::get<0>(row), std::get<1>(row));
  Fixture::Given headers;
  if (!std::get<1>(row).empty())
    headers.push_back({"Authorization", std::get<1>(row)});
  auto response = api.call_as_stranger("GET", std::get<0>(row), headers);
  CHECK(response.status == 401);
  CHECK(response.body == R"({"error":"unable to authenticate: invalid token"})");
  CHECK(response.headers.empty());
}

TEST_CASE("Health and readiness need no token, and readiness tells when the server drains", "[api]") {
  Fixture api;
  for (auto path : {"/healthz", "/readyz"}) {
    auto response = api.call_as_stranger("GET", path);
    CHECK(response.status == 200);
    CHECK(response.body == R"({"status":"ok"})");
  }
  api.api.set_draining();
  CHECK(api.call_as_stranger("GET", "/healthz").status == 200);
  auto draining = api.call_as_stranger("GET", "/readyz");
  CHECK(draining.status == 503);
  CHECK(draining.body == R"({"status":"draining","reason":"the server is stopping"})");
}

TEST_CASE("A server that does not take messages is not ready, and says why", "[api]") {
  Fixture api;
  api.scheduler.stop([&] { api.loop.stop(); });
  api.loop.run();
  CHECK(api.call_as_stranger("GET", "/healthz").status == 200);
  auto response = api.call_as_stranger("GET", "/readyz");
  CHECK(response.status == 503);
  CHECK(header(response, "Retry-After") == "1");
  CHECK(Fixture::field(response.body, "status") == "unavailable");
  CHECK_FALSE(Fixture::field(response.body, "reason").empty());
}

TEST_CASE("While the server drains, connections serve probes only", "[api]") {
  Fixture api;
  CHECK_FALSE(api.call("GET", "/v2/flowControl").is_last);
  api.api.set_draining();
  CHECK(api.call("GET", "/v2/flowControl").is_last);
  CHECK(api.call_as_stranger("GET", "/v2/flowControl").is_last);
  CHECK_FALSE(api.call_as_stranger("GET", "/healthz").is_last);
  CHECK_FALSE(api.call_as_stranger("GET", "/readyz").is_last);
}

TEST_CASE("The read-only token may read and nothing else", "[api]") {
  Fixture api;
  auto look = [&](std::string_view method, std::string_view target) {
    return api.call_as_stranger(method, target, {{"Authorization", "Bearer look"}});
  };
  for (auto path : {"/v2/flowControl", "/v2/keys", "/v2/dlq", "/v2/globalParallelism"})
    CHECK(look("GET", path).status == 200);
  CHECK(look("HEAD", "/v2/keys").status == 405);
  CHECK(api.call_as_stranger("GET", "/v2/keys?qstash_token=look").status == 200);
  auto row = GENERATE(table<std::string_view, std::string_view>({
      {"POST", "/v2/publish/https://a.example/"},
      {"POST", "/v2/flowControl/k/pause"},
      {"POST", "/v2/keys/rotate"},
      {"DELETE", "/v2/messages/msg_1"},
      {"PUT", "/v2/keys"},
      {"PATCH", "/v2/nothing"},
      {"OPTIONS", "/v2/keys"},
  }));
  CAPTURE(std::get<1>(row));
  auto refused = look(std::get<0>(row), std::get<1>(row));
  CHECK(refused.status == 403);
  CHECK(refused.body == R"({"error":"this token may only read"})");
  CHECK(api.logged.empty());
}

TEST_CASE("An unknown path is 404, a wrong method 405 with Allow, a missing feature 501", "[api]") {
  Fixture api;
  auto unknown = api.call("GET", "/v2/nothing");
  CHECK(unknown.status == 404);
  CHECK(unknown.body == R"({"error":"not found"})");
  CHECK(api.call_as_stranger("GET", "/").status == 404);
  auto wrong = api.call("PUT", "/v2/keys");
  CHECK(wrong.status == 405);
  CHECK(wrong.body == R"({"error":"method not allowed"})");
  CHECK(header(wrong, "Allow") == "GET");
  auto missing = api.call("POST", "/v2/notify/event");
  CHECK(missing.status == 501);
  CHECK(missing.body == R"({"error":"workflow API not supported"})");
  CHECK(api.call("GET", "/v2/workflows/logs").body == R"({"error":"workflow API not supported"})");
}

TEST_CASE("Browsers are told that they may call only if the server allows it", "[api]") {
  Fixture open(true), closed;
  auto preflight = open.call_as_stranger("OPTIONS", "/v2/keys");
  CHECK(preflight.status == 204);
  CHECK(preflight.body.empty());
  CHECK(header(preflight, "Access-Control-Allow-Headers") == "Authorization, *");
  CHECK(header(preflight, "Access-Control-Allow-Methods").find("DELETE") != std::string::npos);
  CHECK(closed.call("OPTIONS", "/v2/keys").status == 405);
}

TEST_CASE("The signing keys are told, and rotate", "[api]") {
  Fixture api;
  CHECK(api.call("GET", "/v2/keys").body == R"({"current":"sig_current","next":"sig_next"})");
  auto rotated = api.call("POST", "/v2/keys/rotate");
  CHECK(rotated.status == 200);
  CHECK(Fixture::field(rotated.body, "current") == "sig_next");
  CHECK(Fixture::field(rotated.body, "next").substr(0, 4) == "sig_");
  CHECK(api.call("GET", "/v2/keys").body == rotated.body);
  REQUIRE(api.changed_keys.size() == 1);
  CHECK(api.changed_keys[0].next == Fixture::field(rotated.body, "next"));
}

TEST_CASE("A scheduler that has stopped is told as 503 with the time to come back", "[api]") {
  Fixture api;
  api.scheduler.stop([&] { api.loop.stop(); });
  api.loop.run();
  auto response = api.call("POST", "/v2/publish/https://a.example/");
  CHECK(response.status == 503);
  CHECK(header(response, "Retry-After") == "1");
}
