#include "http/api/handlers.hpp"

#include "tests/api/support/api_fixture.hpp"

using namespace sluice;

using Fixture = test::ApiFixture;

TEST_CASE("A message that a destination refuses for good is in the DLQ with the answer", "[api]") {
  Fixture api;
  api.transport->answer = {
      .status = 489, .headers = {{"Upstash-NonRetryable-Error", "true"}, {"x-a", "1"}}, .body = "no"};
  CHECK(api.call("GET", "/v2/dlq").body == R"({"messages":[]})");
  auto id = api.publish("https://a.example/");
  auto body = api.call_until(id, "GET", "/v2/dlq/").body;
  CHECK(body.find(R"("responseStatus":489)") != std::string::npos);
  CHECK(body.find(R"("X-A":["1"])") != std::string::npos);
  CHECK(body.find(R"("responseBody":"no")") != std::string::npos);
  CHECK(Fixture::field(body, "dlqId").substr(0, 14) == "1700000000000-");
}

TEST_CASE("The DLQ is paged, newest first unless asked otherwise", "[api]") {
  Fixture api;
  api.transport->answer = {.status = 500};
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(api.publish("https://a.example/", {{"Upstash-Retries", "0"}}));
    api.call_until(ids.back(), "GET", "/v2/dlq");
  }
  auto first = api.call("GET", "/v2/dlq?count=2").body;
  CHECK(Fixture::field(first, "messageId") == ids[2]);
  CHECK(first.find(ids[1]) != std::string::npos);
  CHECK(first.find(ids[0]) == std::string::npos);
  auto second = api.call("GET", "/v2/dlq?count=2&cursor=" + Fixture::field(first, "cursor")).body;
  CHECK(Fixture::field(second, "messageId") == ids[0]);
  CHECK(second.find("cursor") == std::string::npos);
  CHECK(Fixture::field(api.call("GET", "/v2/dlq?order=earliestFirst").body, "messageId") == ids[0]);
}

TEST_CASE("A parameter of the DLQ that cannot be followed is refused", "[api]") {
  Fixture api;
  for (auto query : {"count=0", "count=101", "count=x", "cursor=x", "order=newest", "count=%"}) {
    CAPTURE(query);
    CHECK(api.call("GET", "/v2/dlq?" + std::string(query)).status == 400);
  }
  CHECK(api.call("GET", "/v2/dlq?label=x").status == 501);
  CHECK(api.call("GET", "/v2/dlq?unheard=of&count=&cursor=").status == 200);
}
