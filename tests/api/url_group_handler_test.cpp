#include "http/api/handlers.hpp"

#include "tests/api/support/api_fixture.hpp"

using namespace sluice;

using Fixture = test::ApiFixture;

namespace {

http::ApiResponse add(Fixture& api, std::string body) {
  return api.call("POST", "/v2/topics/group/endpoints", {}, std::move(body));
}

void make_group(Fixture& api) {
  REQUIRE(add(api, R"({"endpoints":[{"url":"https://a.example/","name":"a"},{"url":"https://b.example/"}]})").status ==
          200);
}

// `msg_…` replaced, for it is different each time.
std::string without_ids(std::string text) {
  for (auto at = text.find("msg_"); at != std::string::npos; at = text.find("msg_", at + 1))
    text.erase(at + 4, text.find('"', at) - at - 4);
  return text;
}

} // namespace

TEST_CASE("A URL group is read back as it was made", "[api]") {
  Fixture api;
  make_group(api);
  auto expected = std::string(R"({"name":"group","createdAt":1700000000000,"updatedAt":1700000000000,"endpoints":[)"
                              R"({"url":"https://a.example/","name":"a"},{"url":"https://b.example/"}]})");
  CHECK(api.call("GET", "/v2/topics/group").body == expected);
  CHECK(api.call("GET", "/v2/topics").body == "[" + expected + "]");
  CHECK(api.call("DELETE", "/v2/topics/group/endpoints", {}, R"({"endpoints":[{"name":"a"}]})").status == 200);
  CHECK(api.call("GET", "/v2/topics/group").body.find("a.example") == std::string::npos);
  CHECK(api.call("DELETE", "/v2/topics/group").status == 200);
  CHECK(api.call("GET", "/v2/topics/group").status == 404);
  CHECK(api.call("GET", "/v2/topics/group").body == R"({"error":"url group not found"})");
  CHECK(api.call("DELETE", "/v2/topics/group").status == 200);
}

TEST_CASE("An endpoint has any name that people can read", "[api]") {
  Fixture api;
  REQUIRE(add(api, R"({"endpoints":[{"url":"https://a.example/","name":"The first: ü"}]})").status == 200);
  CHECK(api.call("GET", "/v2/topics/group").body.find(R"("name":"The first: ü"})") != std::string::npos);
}

TEST_CASE("A bad change of a URL group is refused and changes nothing", "[api]") {
  Fixture api;
  for (auto body : {"", "{}", "[]", R"({"endpoints":{}})", R"({"endpoints":[]})", R"({"endpoints":["x"]})",
                    R"({"endpoints":[{"name":"a"}]})", R"({"endpoints":[{"url":5}]})",
                    R"({"endpoints":[{"url":"ftp://a.example/"}]})",
                    R"({"endpoints":[{"url":"https://a.example/","name":"a\nb"}]})"}) {
    CAPTURE(body);
    CHECK(add(api, body).status == 400);
  }
  CHECK(api.call("POST", "/v2/topics/a%20b/endpoints", {}, R"({"endpoints":[{"url":"https://a.example/"}]})").status ==
        400);
  CHECK(api.call("GET", "/v2/topics").body == "[]");
  make_group(api);
  CHECK(api.call("DELETE", "/v2/topics/group/endpoints", {}, R"({"endpoints":[{}]})").status == 400);
  CHECK(api.call("PATCH", "/v2/topics/group", {}, R"({"headers":{"Upstash-Retries":3}})").status == 400);
  CHECK(api.call("PATCH", "/v2/topics/group", {}, R"({"headers":{"A\nB":"3"}})").status == 400);
  CHECK(api.call("PATCH", "/v2/topics/other", {}, R"({"headers":{}})").status == 404);
  CHECK(api.call("POST", "/v2/topics/group").status == 405);
}

TEST_CASE("A publish to a URL group answers with a list", "[api]") {
  Fixture api;
  make_group(api);
  Fixture::Given headers{{"Upstash-Deduplication-Id", "once"}};
  auto first = api.call("POST", "/v2/publish/group", headers, "x");
  CHECK(first.status == 200);
  CHECK(without_ids(first.body) == R"([{"messageId":"msg_","url":"https://a.example/"},)"
                                   R"({"messageId":"msg_","url":"https://b.example/"}])");
  auto id = Fixture::field(first.body, "messageId");
  auto message = api.call("GET", "/v2/messages/" + id).body;
  CHECK(message.find(R"("topicName":"group")") != std::string::npos);
  CHECK(message.find(R"("endpointName":"a")") != std::string::npos);
  CHECK(api.call("POST", "/v2/publish/group", headers, "x").status == 202);
  add(api, R"({"endpoints":[{"url":"https://c.example/"}]})");
  CHECK(api.call("POST", "/v2/publish/group", headers, "x").status == 200);
  CHECK(api.call("POST", "/v2/publish/unknown").status == 404);
  CHECK(api.call("POST", "/v2/publish/unknown").body == R"({"error":"URL Group unknown not found"})");
  CHECK(api.call("POST", "/v2/publish/example.com").status == 400);
  CHECK(api.call("POST", "/v2/enqueue/q/group").status == 200);
  CHECK(api.call("GET", "/v2/queues/q").status == 200);
}

TEST_CASE("A URL group's defaults hold for what the request does not say", "[api]") {
  Fixture api;
  make_group(api);
  auto defaults = R"({"headers":{"Upstash-Retries":"7","Upstash-Forward-A":["1","2"],"Upstash-Forward-B":"3"}})";
  REQUIRE(api.call("PATCH", "/v2/topics/group", {}, defaults).status == 200);
  auto retries_of = [&](const http::ApiResponse& published) {
    auto message = api.call("GET", "/v2/messages/" + Fixture::field(published.body, "messageId")).body;
    auto at = message.find(R"("maxRetries":)") + 13;
    return message.substr(at, message.find_first_of(",}", at) - at);
  };
  CHECK(retries_of(api.call("POST", "/v2/publish/group")) == "7");
  CHECK(retries_of(api.call("POST", "/v2/publish/group?upstash-retries=4")) == "4");
  auto published = api.call("POST", "/v2/publish/group", {{"Upstash-Retries", "5"}, {"Upstash-Forward-A", "9"}});
  CHECK(retries_of(published) == "5");
  auto message = api.call("GET", "/v2/messages/" + Fixture::field(published.body, "messageId")).body;
  CHECK(message.find(R"("header":{"A":["9"],"B":["3"]})") != std::string::npos);
}

TEST_CASE("A batch is answered item by item", "[api]") {
  Fixture api;
  make_group(api);
  auto answer = api.call("POST", "/v2/batch", {}, R"([
    {"destination":"https://a.example/?x=1","headers":{"content-type":"text/plain","upstash-method":"PUT"},"body":"b"},
    {"destination":"https://b.example/","queue":"q","body":null},
    {"destination":"group","headers":{"upstash-retries":["2"]}},
    {"destination":"unknown"},
    {"destination":"https://c.example/","headers":{"Upstash-Retries":"x"}},
    {"destination":"https://d.example/","headers":{"A\r\nB":"x"}},
    {"destination":"https://e.example/","queue":""}])");
  CHECK(answer.status == 200);
  CHECK(without_ids(answer.body) ==
        R"([{"messageId":"msg_","url":"https://a.example/?x=1"},{"messageId":"msg_","url":"https://b.example/"},)"
        R"([{"messageId":"msg_","url":"https://a.example/"},{"messageId":"msg_","url":"https://b.example/"}],)"
        R"({"error":"URL Group unknown not found"},)"
        R"({"error":"Upstash-Retries must be an integer from 0 on that the server allows, not \"x\""},)"
        R"({"error":"headers has \"A??B\", whose name or value no header may have"},)"
        R"({"messageId":"msg_","url":"https://e.example/"}])");
  CHECK(api.call("GET", "/v2/queues/q").status == 200);
}

TEST_CASE("A batch of which nothing can be accepted has failed", "[api]") {
  Fixture api;
  for (auto body : {"", "{", "{}", "[1]", "[{}]", R"([{"destination":5}])",
                    R"([{"destination":"https://a.example/"},{"destination":"https://a.example/","body":5}])",
                    R"([{"destination":"https://a.example/"},{"destination":""}])",
                    R"([{"destination":"https://a.example/","headers":{"a":1}}])",
                    R"([{"destination":"https://a.example/","headers":{"Upstash-Delay":"x"}}])"}) {
    CAPTURE(body);
    CHECK(api.call("POST", "/v2/batch", {}, body).status == 400);
  }
  CHECK(api.call("POST", "/v2/batch", {}, "[]").body == "[]");
  CHECK(api.transport->sent.empty());
}
