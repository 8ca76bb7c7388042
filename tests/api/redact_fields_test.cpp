#include "http/api/redact_fields.hpp"

#include "tests/api/support/api_fixture.hpp"

using namespace sluice;
using namespace sluice::http;

using Fixture = test::ApiFixture;

namespace {

Redaction read(std::string_view text) {
  auto redaction = read_redact_fields(text);
  REQUIRE(redaction);
  return *redaction;
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// Of "hello" and of "secret".
const std::string hello = "REDACTED:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const std::string hello_base64 =
    "UkVEQUNURUQ6MmNmMjRkYmE1ZmIwYTMwZTI2ZTgzYjJhYzViOWUyOWUxYjE2MWU1YzFmYTc0MjVlNzMwNDMzNjI5MzhiOTgyNA==";
const std::string secret = "REDACTED:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

const Fixture::Given redacting = {{"Upstash-Redact-Fields", "body, header[x-token]"},
                                  {"Upstash-Forward-X-Token", "secret"},
                                  {"Upstash-Forward-X-Open", "open"},
                                  {"Upstash-Retries", "0"}};

} // namespace

TEST_CASE("Fields to redact are body, all headers and single ones", "[api]") {
  CHECK(read("") == Redaction{});
  CHECK(read(" , ") == Redaction{});
  CHECK(read("body") == Redaction{true, false, {}});
  CHECK(read("header") == Redaction{false, true, {}});
  CHECK(read("headers") == Redaction{false, true, {}});
  CHECK(read(" body ,header[Authorization], headers[ x-a ]") == Redaction{true, false, {"Authorization", "x-a"}});
}

TEST_CASE("Any other field to redact is refused by the name of the header, value and what is accepted", "[api]") {
  for (std::string text : {"Body", "bodies", "header[", "header]", "header[a", "body[a]", "header[a]b", "url", "[]"}) {
    CAPTURE(text);
    auto redaction = read_redact_fields("body, " + text);
    REQUIRE_FALSE(redaction);
    CHECK(redaction.error().field == "Upstash-Redact-Fields");
    CHECK(redaction.error().message ==
          "Upstash-Redact-Fields must be a list of body, header and header[NAME], not \"" + text + '"');
  }
  Fixture api;
  for (auto text : {"header[]", "header[a b]", "x"})
    CHECK(api.call("POST", "/v2/publish/https://a.example/", {{"Upstash-Redact-Fields", text}}).status == 400);
}

TEST_CASE("A redacted message is read as hashes and delivered as it was given", "[api]") {
  Fixture api;
  api.transport->answer = {.status = 500, .headers = {{"x-token", "theirs"}}, .body = "broken"};
  auto id = api.publish("https://a.example/", redacting, "hello");
  auto shown = R"("header":{"X-Token":[")" + secret + R"("],"X-Open":["open"]},"body":")" + hello + '"';
  auto dlq = api.call_until(id, "GET", "/v2/dlq").body;
  CHECK(api.transport->sent.front().body.view() == "hello");

  CHECK(has(api.call("GET", "/v2/messages/" + id).body, shown));
  auto entry = Fixture::field(dlq, "dlqId");
  for (const auto& body : {dlq, api.call("GET", "/v2/dlq/" + entry).body}) {
    CHECK(has(body, shown));
    CHECK(has(body, R"("responseHeader":{"X-Token":["theirs"]},"responseBody":"broken")"));
  }
  CHECK(has(api.call("GET", "/v2/dlq?trimBody=9").body, R"("body":"REDACTED:")"));
  auto log = api.call("GET", "/v2/logs").body;
  CHECK(has(log, R"("body":")" + hello_base64 + '"'));
  CHECK(has(log, R"("X-Token":[")" + secret + R"("],"X-Open":["open"])"));
  CHECK_FALSE(has(log, "aGVsbG8=")); // "hello"
  CHECK_FALSE(has(log, R"("secret")"));

  auto retried = Fixture::field(api.call("POST", "/v2/dlq/retry/" + entry).body, "messageId");
  api.call_until(retried, "GET", "/v2/dlq");
  CHECK(api.transport->sent.back().body.view() == "hello");
  CHECK(has(api.call("GET", "/v2/messages/" + retried).body, shown));
}

TEST_CASE("Fields are redacted of what is enqueued, of a batch, and by query", "[api]") {
  Fixture api;
  api.transport->holds = true;
  auto shown = [&](const std::string& answer) {
    return api.call("GET", "/v2/messages/" + Fixture::field(answer, "messageId")).body;
  };
  CHECK(has(shown(api.call("POST", "/v2/enqueue/q/https://a.example/", redacting, "hello").body), hello));
  CHECK(has(shown(api.call("POST", "/v2/batch", {},
                           R"([{"destination":"https://a.example/","headers":{"upstash-redact-fields":"body"},)"
                           R"("body":"hello"}])")
                      .body),
            hello));
  CHECK(has(shown(api.call("POST", "/v2/publish/https://a.example/?upstash-redact-fields=body", {}, "hello").body),
            hello));
  CHECK(api.transport->sent.back().url == "https://a.example/");
}
