#include "http/api/handlers.hpp"

#include "tests/api/support/api_fixture.hpp"

using namespace sluice;

using Fixture = test::ApiFixture;

namespace {

std::string sent_header(const OutgoingRequest& request, std::string_view name) {
  for (const auto& header : request.headers)
    if (header.name == name)
      return header.value;
  return {};
}

} // namespace

TEST_CASE("A publish answers with id and URL, and is delivered as it was given", "[api]") {
  Fixture api;
  auto response =
      api.call("POST", "/v2/publish/https://a.example//p?x=%20&upstash-retries=1&qstash_token=t",
               {{"Content-Type", "text/plain"}, {"Upstash-Forward-X-Mine", "v"}, {"Upstash-Method", "PUT"}}, "body");
  auto id = Fixture::field(response.body, "messageId");
  CHECK(response.status == 200);
  CHECK(response.body == R"({"messageId":")" + id + R"(","url":"https://a.example//p?x=%20"})");

  api.call("GET", "/v2/keys");
  REQUIRE(api.transport->sent.size() == 1);
  auto& sent = api.transport->sent.front();
  CHECK(sent.method == Method::put);
  CHECK(sent.url == "https://a.example//p?x=%20");
  CHECK(sent.body.view() == "body");
  CHECK(sent_header(sent, "Content-Type") == "text/plain");
  CHECK(sent_header(sent, "X-Mine") == "v");
  CHECK(sent_header(sent, "Authorization") == "");
  CHECK(sent_header(sent, "Upstash-Message-Id") == id);
}

TEST_CASE("A published message can be read back, finished or not", "[api]") {
  Fixture api;
  auto id = api.publish("https://a.example/",
                        {{"Upstash-Delay", "90s"},
                         {"Upstash-Label", "one,two"},
                         {"Upstash-Forward-test-header", "test-value"},
                         {"Upstash-Flow-Control-Key", "k"},
                         {"Upstash-Flow-Control-Value", "parallelism=4"}},
                        "hello");
  CHECK(
      api.call("GET", "/v2/messages/" + id).body ==
      R"({"messageId":")" + id +
          R"(","url":"https://a.example/","method":"POST","maxRetries":3,"notBefore":1700000090000,)"
          R"("createdAt":1700000000000,"callerIP":"127.0.0.1","header":{"Test-Header":["test-value"]},"body":"hello",)"
          R"("label":"one","labels":["one","two"],"flowControlKey":"k","parallelism":4,"period":1,)"
          R"("waitingFor":"delay","expectedStartAt":1700000090000})");

  auto finished = api.publish("https://a.example/");
  api.call("GET", "/v2/keys");
  CHECK(api.call("GET", "/v2/messages/" + finished).status == 200);
}

TEST_CASE("A message is cancelled once", "[api]") {
  Fixture api;
  auto path = "/v2/messages/" + api.publish("https://a.example/", {{"Upstash-Delay", "1h"}});
  auto cancelled = api.call("DELETE", path);
  CHECK(cancelled.status == 200);
  CHECK(cancelled.body == R"({"cancelled":1})");
  auto again = api.call("DELETE", path);
  CHECK(again.status == 404);
  CHECK(again.body == R"({"error":"message not found"})");
  CHECK(api.call("GET", path).status == 404);
}

TEST_CASE("An id that names no message is 404 whatever it looks like", "[api]") {
  Fixture api;
  auto huge = std::string(50'000, 'a');
  auto unknown = MessageId{12345, 6789}.text();
  for (auto id : {std::string("msg_unknown"), std::string("..%2F..%2Fkeys"), std::string("'--"), std::string("msg_%00"),
                  huge, unknown}) {
    for (auto method : {"GET", "DELETE"}) {
      auto response = api.call(method, "/v2/messages/" + id);
      CHECK(response.status == 404);
      CHECK(response.body == R"({"error":"message not found"})");
    }
  }
}

TEST_CASE("A publish that is refused names what is wrong and leaves nothing behind", "[api]") {
  Fixture api;
  struct Row {
    std::string_view target;
    Fixture::Given headers;
    int status;
    std::string_view text;
  };
  auto too_long = std::string(257, 'k');
  std::vector<Row> rows = {
      {"https://", {}, 400, "destination"},
      {"https://u:p@a.example/", {}, 400, "destination"},
      {"http://a.example:0/", {}, 400, "destination"},
      {"https%3A%2F%2Fa.example%2F%0D%0AX", {}, 400, "destination"},
      {"https%3A%2F%2Fa.example%2F%00", {}, 400, "destination"},
      {"no-such-group", {}, 404, "URL Group no-such-group not found"},
      {"example.com", {}, 400, "add http:// or https://"},
      {"https://a.example/", {{"Upstash-Retries", "101"}}, 400, "Upstash-Retries"},
      {"https://a.example/", {{"Upstash-Delay", "366d"}}, 400, "Upstash-Delay"},
      {"https://a.example/", {{"Upstash-Timeout", "0s"}}, 400, "Upstash-Timeout"},
      {"https://a.example/", {{"Upstash-Retry-Delay", "1000 *"}}, 400, "Upstash-Retry-Delay"},
      {"https://a.example/", {{"Upstash-Forward-X", "a\rb"}}, 400, "X"},
      {"https://a.example/?upstash-forward-x=a%0Ab", {}, 400, "upstash-forward-x"},
      {"https://a.example/", {{"Upstash-Label", too_long}}, 400, "label"},
      {"https://a.example/", {{"Upstash-Deduplication-Id", "a:b"}}, 400, "DeduplicationId cannot contain ':'"},
      {"https://a.example/?upstash-deduplication-id=a%20b", {}, 400, "Upstash-Deduplication-Id"},
      {"https://a.example/", {{"Upstash-Deduplication-Id", too_long}}, 400, "Upstash-Deduplication-Id"},
      {"https://a.example/", {{"Upstash-Queue-Name", "a b"}}, 400, "Upstash-Queue-Name"},
      {"https://a.example/", {{"Upstash-Callback", "ftp://b.example"}}, 400, "Upstash-Callback"},
      {"https://a.example/", {{"Upstash-Cron", "* * * *"}}, 400, "Invalid cron expression"},
  };
  for (std::string_view key :
       {std::string_view(""), std::string_view("$"), std::string_view("a\tb"), std::string_view(too_long)})
    rows.push_back({"https://a.example/",
                    {{"Upstash-Flow-Control-Key", key}, {"Upstash-Flow-Control-Value", "rate=1"}},
                    400,
                    "flow control key"});
  for (auto& row : rows) {
    row.headers.push_back({"upstash-label", "left-behind"});
    auto response = api.call("POST", "/v2/publish/" + std::string(row.target), row.headers);
    CAPTURE(row.target, response.body);
    CHECK(response.status == row.status);
    CHECK(response.body.find(row.text) != std::string::npos);
  }
  CHECK(api.transport->sent.empty());
  CHECK(api.call("GET", "/v2/flowControl").body == "[]");
  CHECK(api.call("GET", "/v2/schedules").body == "[]");
}

TEST_CASE("Keys of any bytes are stored by value", "[api]") {
  Fixture api;
  for (std::string_view key : {"../../etc", "a/b", "'; DROP TABLE x;--", "\"\\", "\xc3\xbc\xf0\x9f\x98\x80"})
    api.publish("https://a.example/", {{"Upstash-Flow-Control-Key", key}, {"Upstash-Flow-Control-Value", "rate=1"}});
  CHECK(api.call("GET", "/v2/flowControl/..%2F..%2Fetc").status == 200);
  CHECK(api.call("GET", "/v2/flowControl/../../etc").status == 200);
  CHECK(api.call("GET", "/v2/flowControl/%22%5C").status == 200);
  CHECK(api.call("GET", "/v2/flowControl/%C3%BC%F0%9F%98%80").status == 200);
  CHECK(api.call("GET", "/v2/flowControl/etc").status == 404);
}

TEST_CASE("Messages that lead back to the scheduler are refused after ten deliveries", "[api]") {
  Fixture api;
  std::string hops = "0";
  for (std::size_t deliveries = 1; deliveries <= 10; ++deliveries) {
    api.publish("http://loop.example/", {{"Sluice-Hops", hops}});
    api.call("GET", "/v2/keys");
    REQUIRE(api.transport->sent.size() == deliveries);
    hops = sent_header(api.transport->sent.back(), "Sluice-Hops");
    CHECK(hops == std::to_string(deliveries));
  }
  auto refused = api.call("POST", "/v2/publish/http://loop.example/", {{"Sluice-Hops", hops}});
  CHECK(refused.status == 400);
  CHECK(refused.body == R"({"error":"loop detected: 10 deliveries have led to this message, each to the next"})");
}

TEST_CASE("A duplicate is accepted with the id of the first message, and is not sent", "[api]") {
  Fixture api;
  auto first = api.publish("https://a.example/", {{"Upstash-Deduplication-Id", "once"}});
  auto again = api.call("POST", "/v2/publish/https://b.example/", {{"Upstash-Deduplication-Id", "once"}}, "other");
  CHECK(again.status == 202);
  CHECK(again.body == R"({"messageId":")" + first + R"(","url":"https://b.example/","deduplicated":true})");
  auto enqueued = api.call("POST", "/v2/enqueue/q/https://b.example/", {{"Upstash-Deduplication-Id", "once"}});
  CHECK(enqueued.status == 202);
  CHECK(Fixture::field(enqueued.body, "messageId") == first);
  CHECK(api.publish("https://a.example/", {{"Upstash-Deduplication-Id", "twice"}}) != first);
  for (int turn = 0; turn < 20; ++turn)
    api.call("GET", "/v2/keys");
  CHECK(api.transport->sent.size() == 2);
}

TEST_CASE("Content is destination, body, content type and forwarded headers, and nothing else", "[api]") {
  Fixture api;
  auto publish = [&](std::string_view url, Fixture::Given headers, std::string body) {
    headers.push_back({"Upstash-Content-Based-Deduplication", "true"});
    return api.call("POST", "/v2/publish/" + std::string(url), headers, std::move(body)).status;
  };
  const std::string_view url = "https://a.example/";
  const Fixture::Given same = {{"Content-Type", "text/plain"}, {"Upstash-Forward-X", "1"}};
  REQUIRE(publish(url, same, "body") == 200);
  CHECK(publish(url, same, "body") == 202);
  CHECK(publish(url, {{"Content-Type", "text/plain"}, {"upstash-forward-x", "1"}, {"Upstash-Delay", "1h"}}, "body") ==
        202);
  CHECK(publish("https://a.example/?", same, "body") == 200);
  CHECK(publish(url, same, "other") == 200);
  CHECK(publish(url, {{"Content-Type", "text/html"}, {"Upstash-Forward-X", "1"}}, "body") == 200);
  CHECK(publish(url, {{"Content-Type", "text/plain"}, {"Upstash-Forward-X", "2"}}, "body") == 200);
  CHECK(publish(url, {{"Content-Type", "text/plain"}}, "body") == 200);
}

TEST_CASE("A publish that was refused is not the first of its duplicates", "[api]") {
  Fixture api;
  CHECK(api.call("POST", "/v2/publish/https://", {{"Upstash-Deduplication-Id", "d"}}).status == 400);
  CHECK(api.call("POST", "/v2/publish/https://a.example/", {{"Upstash-Deduplication-Id", "d"}}).status == 200);
}

TEST_CASE("A duplicate is known also after the first message has ended", "[api]") {
  Fixture api;
  auto delivered = api.publish("https://a.example/", {{"Upstash-Deduplication-Id", "a"}});
  auto cancelled = api.publish("https://a.example/", {{"Upstash-Deduplication-Id", "b"}, {"Upstash-Delay", "1h"}});
  CHECK(api.call("DELETE", "/v2/messages/" + cancelled).status == 200);
  for (int turn = 0; turn < 20; ++turn)
    api.call("GET", "/v2/keys");
  CHECK(api.call("POST", "/v2/publish/https://a.example/", {{"Upstash-Deduplication-Id", "a"}}).status == 202);
  CHECK(api.call("POST", "/v2/publish/https://a.example/", {{"Upstash-Deduplication-Id", "b"}}).status == 202);
}
