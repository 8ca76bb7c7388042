#include "http/api/handlers.hpp"

#include "tests/api/support/api_fixture.hpp"

using namespace sluice;

using Fixture = test::ApiFixture;

namespace {

std::size_t count(std::string_view body, std::string_view part) {
  std::size_t count = 0;
  for (auto at = body.find(part); at != std::string_view::npos; at = body.find(part, at + 1))
    ++count;
  return count;
}

// Every event is there twice: as one of `events` and as one of `logs`.
std::size_t events(Fixture& api, std::string_view query = "") {
  auto response = api.call("GET", "/v2/logs" + std::string(query));
  INFO(response.body);
  CHECK(response.status == 200);
  return count(response.body, R"("state")") / 2;
}

bool has(std::string_view body, std::string_view part) { return body.find(part) != std::string_view::npos; }

} // namespace

TEST_CASE("The log shows events under both names, each as it is documented", "[api]") {
  Fixture api;
  auto id = api.publish("https://a.example/p?q=1",
                        {{"Upstash-Delay", "1h"},
                         {"Content-Type", "text/plain"},
                         {"Upstash-Label", "x,y"},
                         {"Upstash-Timeout", "5s"},
                         {"Upstash-Retry-Delay", "15000"},
                         {"Upstash-Queue-Name", "q"},
                         {"Upstash-Flow-Control-Key", "k"},
                         {"Upstash-Flow-Control-Value", "rate=2, parallelism=3, period=1m"}},
                        "hello");
  auto entry =
      R"([{"time":1700000000000,"messageId":")" + id +
      R"(","state":"CREATED","nextDeliveryTime":1700003600000,"url":"https://a.example/p?q=1","method":"POST",)"
      R"("maxRetries":3,"header":{"Content-Type":["text/plain"]},"body":"aGVsbG8=","timeout":5000,)"
      R"("queueName":"q","label":"x","labels":["x","y"],"flowControlKey":"k","rate":2,"parallelism":3,)"
      R"("period":60,"retryDelayExpression":"15000","retryDelayExpr":"15000"}])";
  for (auto path : {"/v2/events", "/v2/logs", "/v2/Logs/"}) {
    CAPTURE(path);
    auto response = api.call("GET", path);
    CHECK(response.status == 200);
    CHECK(response.body == R"({"events":)" + entry + R"(,"logs":)" + entry + "}");
  }
}

TEST_CASE("A failed attempt is in the log with the answer, in both spellings", "[api]") {
  Fixture api;
  api.transport->answer = {.status = 500, .headers = {{"x-a", "1"}}, .body = "broken"};
  auto id = api.publish("https://a.example/", {{"Upstash-Retries", "0"}});
  auto body = api.call_until("FAILED", "GET", "/v2/logs").body;
  CHECK(count(body, R"("state")") == 2 * 4);
  CHECK(has(body, R"("state":"ERROR","error":"HTTP status 500","responseStatus":500,"responseBody":"YnJva2Vu",)"
                  R"("responseHeaders":{"X-A":["1"]},"responseHeader":{"X-A":["1"]})"));
  CHECK(has(body, R"("state":"FAILED","responseStatus":500,"url")"));
  CHECK(has(api.call("GET", "/v2/logs?trimBody=2").body, R"("responseBody":"YnI=")"));
  CHECK_FALSE(has(api.call("GET", "/v2/logs?trimBody=0").body, "responseBody"));
  CHECK_FALSE(has(api.call("GET", "/v2/logs?trimBody=-1").body, "responseBody"));
}

TEST_CASE("The log is filtered by state, message and everything that messages have", "[api]") {
  Fixture api;
  auto id = api.publish("https://a.example/p", {{"Upstash-Delay", "1h"}, {"Upstash-Label", "x"}});
  auto other = api.publish("https://b.example/", {{"Upstash-Delay", "1h"}});
  api.call("DELETE", "/v2/messages/" + other);
  CHECK(events(api) == 4);
  CHECK(events(api, "?messageId=" + id) == 1);
  CHECK(events(api, "?messageIds=" + id + "&messageIds=" + other) == 4);
  CHECK(events(api, "?messageIds=nonsense") == 0);
  CHECK(events(api, "?label=x") == 1);
  CHECK(events(api, "?host=B.example") == 3);
  CHECK(events(api, "?path=/p") == 1);
  CHECK(events(api, "?url=https://a.example/p") == 1);
  for (auto query :
       {"?label=z", "?topicName=t", "?scheduleId=s", "?queueName=q", "?flowControlKey=k", "?callerIp=9.9.9.9"})
    CHECK(events(api, query) == 0);
  CHECK(events(api, "?state=CANCELED") == 1);
  CHECK(events(api, "?state=cancelled,CREATED") == 3);
  CHECK(events(api, "?state=IN_PROGRESS") == 0);
  CHECK(events(api, "?fromDate=1700000000000&toDate=1700000000000") == 4);
  CHECK(events(api, "?fromDate=1700000000001") == 0);
  CHECK(events(api, "?unknown=1&label=") == 4);
}

TEST_CASE("Pages of the log follow each other in either order", "[api]") {
  Fixture api;
  std::vector<std::string> ids;
  for (int i = 0; i < 70; ++i)
    ids.push_back(api.publish("https://a.example/", {{"Upstash-Delay", "1h"}}));
  auto first = api.call("GET", "/v2/events?count=69").body;
  CHECK(Fixture::field(first, "messageId") == ids[69]);
  auto cursor = Fixture::field(first, "cursor");
  CHECK(cursor == "1700000000000-1");
  auto last = api.call("GET", "/v2/events?count=69&cursor=" + cursor).body;
  CHECK(count(last, ids[0]) == 2);
  CHECK(count(last, "messageId") == 2);
  CHECK_FALSE(has(last, "cursor"));
  CHECK(count(api.call("GET", "/v2/events?cursor=1700000000000").body, "messageId") == 2 * 70);
  CHECK(count(api.call("GET", "/v2/events?cursor=1699999999999").body, "messageId") == 0);
  CHECK(Fixture::field(api.call("GET", "/v2/events?count=1&order=earliestFirst").body, "messageId") == ids[0]);
}

TEST_CASE("The log may be put together by message", "[api]") {
  Fixture api;
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i)
    ids.push_back(api.publish("https://a.example/", {{"Upstash-Delay", "1h"}}));
  api.call("DELETE", "/v2/messages/" + ids[0]);
  auto all = api.call("GET", "/v2/logs?groupBy=messageId").body;
  CHECK(all.starts_with(R"({"messages":[{"messageId":")" + ids[0] + R"(","events":[{"time":)"));
  CHECK(count(all, "events") == 3);
  CHECK(count(all, R"("state")") == 5);
  CHECK_FALSE(has(all, "cursor"));
  auto first = api.call("GET", "/v2/logs?groupBy=messageId&count=2").body;
  CHECK(count(first, "events") == 2);
  auto second = api.call("GET", "/v2/logs?groupBy=messageId&count=2&cursor=" + Fixture::field(first, "cursor")).body;
  CHECK(count(first, R"("state")") + count(second, R"("state")") == 5);
}

TEST_CASE("A bad parameter of the log is refused by name, value and what is accepted", "[api]") {
  Fixture api;
  auto refusal = [&](const std::string& query) {
    auto response = api.call("GET", "/v2/logs?" + query);
    CHECK(response.status == 400);
    return Fixture::field(response.body, "error");
  };
  CHECK(has(refusal("count=1001"), "count must be an integer from 1 to 1000, not"));
  CHECK(has(refusal("count=0"), "count must be"));
  CHECK(has(refusal("state=DONE"), "state must be CREATED, ACTIVE, RETRY, ERROR, IN_PROGRESS"));
  CHECK(has(refusal("cursor=1-x"), "cursor must be the cursor of the page before"));
  CHECK(has(refusal("order=x"), "order must be earliestFirst or latestFirst"));
  CHECK(has(refusal("groupBy=x"), "groupBy must be messageId"));
  CHECK(has(refusal("trimBody=x"), "trimBody must be"));
  CHECK(has(refusal("fromDate=x"), "fromDate must be"));
  std::string many = "label=0";
  for (int i = 1; i <= 50; ++i)
    many += "," + std::to_string(i);
  CHECK(has(refusal(many), "at most 50 texts, not 51"));
}

TEST_CASE("A token that may only read may read the log, and nobody else without one", "[api]") {
  Fixture api;
  CHECK(api.call_as_stranger("GET", "/v2/logs", {{"Authorization", "Bearer look"}}).status == 200);
  CHECK(api.call_as_stranger("GET", "/v2/events").status == 401);
  CHECK(api.call("POST", "/v2/logs").status == 405);
}
