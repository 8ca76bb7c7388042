// Requests that lie: each is refused in JSON by the name of what is wrong with it, and leaves nothing behind.
#include "http/api/handlers.hpp"

#include <algorithm>
#include <map>

#include "tests/api/support/api_fixture.hpp"

using namespace sluice;

using Fixture = test::ApiFixture;

namespace {

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// Also a batch whose only item is refused is 400.
void check_refused(const http::ApiResponse& answer, std::string_view about = "") {
  INFO(answer.body);
  CHECK(answer.status == 400);
  CHECK(answer.body.starts_with(R"({"error":")"));
  CHECK(has(answer.body, about));
  CHECK(answer.body.size() < 600);
}

SchedulerOptions public_only() {
  SchedulerOptions options;
  options.http.allow_destinations = "";
  return options;
}

std::string batch(const std::string& item) { return R"([{"destination":"https://a.example/",)" + item + "}]"; }

const std::string ok = "https://a.example/";

} // namespace

TEST_CASE("A destination inside is refused by whatever way it comes", "[api][hostile]") {
  Fixture api(public_only());
  for (std::string host : {"localhost", "127.0.0.1", "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "10.1.2.3",
                           "169.254.169.254", "[64:ff9b::7f00:1]", "0"}) {
    CAPTURE(host);
    auto inside = "http://" + host + ":8080/";
    constexpr auto reason = "endpoint resolves to ";
    check_refused(api.call("POST", "/v2/publish/" + inside), reason);
    check_refused(api.call("POST", "/v2/enqueue/q/" + inside), reason);
    check_refused(api.call("POST", "/v2/batch", {}, R"([{"destination":")" + inside + R"("}])"), reason);
    check_refused(api.call("POST", "/v2/topics/g/endpoints", {}, R"({"endpoints":[{"url":")" + inside + R"("}]})"),
                  reason);
    for (std::string_view callback : {"Upstash-Callback", "Upstash-Failure-Callback"})
      check_refused(api.call("POST", "/v2/publish/" + ok, {{callback, inside}}), reason);
    check_refused(api.call("POST", "/v2/publish/" + ok + "?upstash-callback=" + inside), reason);
  }
  check_refused(api.call("POST", "/v2/publish/http://user@127.0.0.1/"), "user information");
  check_refused(api.call("POST", "/v2/publish/http://a.example\\@127.0.0.1/"));
  CHECK(api.transport->sent.empty());
  CHECK(api.call("GET", "/v2/queues").body == "[]");
  CHECK(api.call("GET", "/v2/topics").body == "[]");
}

TEST_CASE("A batch that a delivery led to counts its hops, whatever its items say", "[api][hostile]") {
  Fixture api;
  auto items = batch(R"("headers":{"Sluice-Hops":"0"})");
  CHECK(api.call("POST", "/v2/batch", {{"Sluice-Hops", "9"}}, items).status == 200);
  api.call("GET", "/v2/keys");
  REQUIRE(api.transport->sent.size() == 1);
  CHECK(std::find(api.transport->sent[0].headers.begin(), api.transport->sent[0].headers.end(),
                  Header{"Sluice-Hops", "10"}) != api.transport->sent[0].headers.end());
  check_refused(api.call("POST", "/v2/batch", {{"Sluice-Hops", "10"}}, items), "loop detected");
  check_refused(api.call("POST", "/v2/batch", {{"Sluice-Hops", "x"}}, items), "Sluice-Hops");
  check_refused(api.call("POST", "/v2/batch", {}, batch(R"("headers":{"Sluice-Hops":"10"})")), "loop detected");
}

TEST_CASE("No control character of a JSON body reaches a delivery", "[api][hostile]") {
  Fixture api;
  for (std::string bad : {R"(a\r\nInjected: 1)", R"(a\nb)", R"(a\u0000b)", R"(a\u007fb)"}) {
    CAPTURE(bad);
    for (std::string_view name : {"Upstash-Forward-X", "Content-Type", "Upstash-Label", "Upstash-Flow-Control-Key",
                                  "Upstash-Method", "Upstash-Callback", "Upstash-Deduplication-Id", "Upstash-Delay"})
      check_refused(
          api.call("POST", "/v2/batch", {}, batch(R"("headers":{")" + std::string(name) + R"(":")" + bad + R"("})")));
    check_refused(api.call("POST", "/v2/batch", {}, batch(R"("headers":{"Upstash-Forward-)" + bad + R"(":"x"})")));
    check_refused(api.call("POST", "/v2/batch", {}, batch(R"("queue":")" + bad + '"')));
    check_refused(api.call("POST", "/v2/batch", {}, R"([{"destination":"https://a.example/)" + bad + R"("}])"));
    check_refused(api.call("POST", "/v2/queues", {}, R"({"queueName":")" + bad + R"("})"));
    check_refused(api.call("POST", "/v2/topics/g/endpoints", {},
                           R"({"endpoints":[{"url":"https://a.example/)" + bad + R"("}]})"));
  }
  CHECK(api.transport->sent.empty());
}

TEST_CASE("Headers that sluice sets itself cannot be forged", "[api][hostile]") {
  Fixture api;
  api.publish(ok,
              {{"Upstash-Forward-Upstash-Signature", "forged"},
               {"Upstash-Forward-Upstash-Message-Id", "forged"},
               {"Upstash-Forward-Host", "forged"},
               {"Upstash-Forward-Content-Length", "99"},
               {"Upstash-Forward-Transfer-Encoding", "chunked"},
               {"Upstash-Forward-Sluice-Hops", "7"}},
              "body");
  api.call("GET", "/v2/keys");
  REQUIRE(api.transport->sent.size() == 1);
  std::map<std::string, int> names;
  for (const auto& header : api.transport->sent[0].headers) {
    ++names[header.name];
    CHECK(header.value != "forged");
  }
  for (auto name : {"Upstash-Signature", "Upstash-Message-Id", "Sluice-Hops"})
    CHECK(names[name] == 1);
  for (auto name : {"Host", "Content-Length", "Transfer-Encoding"})
    CHECK(names[name] == 0);
}

TEST_CASE("Every endpoint with a JSON body refuses what is no such body", "[api][hostile]") {
  Fixture api;
  struct Endpoint {
    std::string_view method, path;
  };
  for (auto [method, path] :
       {Endpoint{"POST", "/v2/batch"}, Endpoint{"POST", "/v2/queues"}, Endpoint{"POST", "/v2/topics/g/endpoints"},
        Endpoint{"DELETE", "/v2/topics/g/endpoints"}, Endpoint{"PATCH", "/v2/topics/g"}, Endpoint{"DELETE", "/v2/dlq"},
        Endpoint{"POST", "/v2/dlq/retry"}, Endpoint{"DELETE", "/v2/messages"}}) {
    for (std::string body : {"{", "nul", R"({"a":NaN})", "{\"a\":\"\xff\"}", R"({"a":"\ud800"})", "\"text\"", "7",
                             R"({"label":{"a":1},"queueName":[],"endpoints":5,"headers":5})",
                             R"({"queueName":"a","queueName":"b","endpoints":[],"headers":{}})"}) {
      CAPTURE(method, path, body);
      check_refused(api.call(method, path, {}, body));
    }
    std::string deep;
    for (int level = 0; level < 100'000; ++level)
      deep += '[';
    check_refused(api.call(method, path, {}, deep));
  }
  CHECK(api.call("GET", "/v2/queues").body == "[]");
}

TEST_CASE("Names and ids of any bytes are one name, or are refused", "[api][hostile]") {
  Fixture api;
  for (std::string key : {"..%2F..%2Fetc%2Fpasswd", "%27%3B%20DROP%20TABLE%20keys%3B--", "%22", "%F0%9F%98%80", "%FF",
                          "a%2Fb", "a%252Fb", "%25"}) {
    CAPTURE(key);
    REQUIRE(api.call("POST", "/v2/flowControl/" + key + "/pin?rate=1").status == 200);
    CHECK(api.call("GET", "/v2/flowControl/" + key).status == 200);
  }
  auto all = api.call("GET", "/v2/flowControl").body;
  std::size_t keys = 0;
  for (auto at = all.find("\"flowControlKey\""); at != std::string::npos; at = all.find("\"flowControlKey\"", at + 1))
    ++keys;
  CHECK(keys == 8);
  for (std::string key : {std::string("a%00b"), std::string(257, 'k'), std::string(1'000'000, 'k')})
    check_refused(api.call("POST", "/v2/flowControl/" + key + "/pause"));
  for (std::string id : {"..%2F..%2Fetc", "%00", "'%20OR%201=1", "msg_%FF"}) {
    CAPTURE(id);
    CHECK(api.call("GET", "/v2/messages/" + id).status == 404);
    CHECK(api.call("DELETE", "/v2/messages/" + id).status == 404);
    CHECK(api.call("GET", "/v2/dlq/" + id).status == 404);
    check_refused(api.call("GET", "/v2/queues/" + id));
    check_refused(api.call("GET", "/v2/topics/" + id));
  }
  CHECK(api.call("GET", "/v2/messages/" + std::string(1'000'000, 'x')).status == 404);
}

TEST_CASE("A wrong type is told with its value and what is accepted", "[api][hostile]") {
  Fixture api;
  auto told = [&](std::string_view method, std::string_view path, std::string body) {
    return api.call(method, path, {}, std::move(body)).body;
  };
  CHECK(told("POST", "/v2/queues", R"({"queueName":"q","parallelism":"2"})") ==
        R"({"error":"\"parallelism\" must be an integer of at least 1, not \"2\""})");
  CHECK(told("POST", "/v2/queues", R"({"queueName":"q","paused":0})") ==
        R"({"error":"\"paused\" must be true or false, not 0"})");
  CHECK(told("POST", "/v2/queues", R"({"queueName":["q"]})") ==
        R"({"error":"\"queueName\" must be a string, not array"})");
  CHECK(told("DELETE", "/v2/messages", R"({"count":"5"})") == R"({"error":"\"count\" must be an integer, not \"5\""})");
  CHECK(told("POST", "/v2/batch", "[5]") == R"({"error":"item 0: \"item\" must be an object, not 5"})");
  CHECK(told("POST", "/v2/batch", R"({"a":1})") == R"({"error":"\"body\" must be a list of objects, not object"})");
  CHECK(told("POST", "/v2/batch", batch(R"("headers":{"a":null})")) ==
        R"({"error":"item 0: \"headers\" must be an object of strings and lists of strings, not null"})");
}
