#include "http/api/publish_headers.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::http;
using namespace std::chrono_literals;

namespace {

using Given = std::vector<HeaderView>;

PublishRequest accepted(const Given& headers, std::string_view query = "") {
  auto request = read_publish_headers(headers, query);
  if (!request)
    FAIL(request.error().message);
  return std::move(*request);
}

Error refused(const Given& headers, std::string_view query = "") {
  auto request = read_publish_headers(headers, query);
  REQUIRE_FALSE(request);
  return request.error();
}

std::string text(const Headers& headers) {
  std::string joined;
  for (const auto& header : headers)
    joined += header.name + ": " + header.value + "; ";
  return joined;
}

bool names(const Error& error, std::string_view header) { return error.message.find(header) != std::string::npos; }

} // namespace

TEST_CASE("A publish without settings has the documented defaults", "[api]") {
  auto request = accepted({{"Host", "h"}, {"User-Agent", "curl"}, {"Accept", "*/*"}});
  CHECK(request.method == Method::post);
  CHECK(request.retries == 3);
  CHECK(request.delay == 0s);
  CHECK_FALSE(request.timeout);
  CHECK_FALSE(request.not_before);
  CHECK_FALSE(request.retry_delay);
  CHECK_FALSE(request.flow_control);
  CHECK(request.labels.empty());
  CHECK(request.headers.empty());
}

TEST_CASE("Every setting of a publish is read from its header, in any case", "[api]") {
  auto request = accepted({
      {"UPSTASH-METHOD", "PATCH"},
      {"upstash-timeout", "1.5s"},
      {"Upstash-Retries", "5"},
      {"Upstash-Retry-Delay", "pow(2, retried) * 1000"},
      {"Upstash-Delay", "1d10h30m"},
      {"Upstash-Not-Before", "1700000000"},
      {"Upstash-Label", "a, b,,c"},
      {"Upstash-Flow-Control-Key", "k/1"},
      {"Upstash-Flow-Control-Value", "parallelism=2, rate=1, period=1d"},
      {"Upstash-Content-Based-Deduplication", "False"},
  });
  CHECK(request.method == Method::patch);
  CHECK(request.timeout == Duration{1500ms});
  CHECK(request.retries == 5);
  CHECK(request.retry_delay == "pow(2, retried) * 1000");
  CHECK(request.delay == 34h + 30min);
  CHECK(request.not_before == WallTime{1'700'000'000s});
  CHECK(request.labels == std::vector<std::string>{"a", "b", "c"});
  REQUIRE(request.flow_control);
  CHECK(request.flow_control->key.text == "k/1");
  CHECK(request.flow_control->limits == FlowLimits{2, 1, 24h});
}

TEST_CASE("Every setting of a publish may come as a query parameter, which a header beats", "[api]") {
  auto query =
      "x=1&upstash-retries=7&upstash-delay=100s&Upstash-Method=PUT&upstash-label=a%2Cb&upstash-flow-control-key="
      "a+b&upstash-flow-control-value=rate%3D5&upstash-forward-x-q=v%20w";
  auto request = accepted({{"Upstash-Retries", "1"}}, query);
  CHECK(request.retries == 1);
  CHECK(request.delay == 100s);
  CHECK(request.method == Method::put);
  CHECK(request.labels == std::vector<std::string>{"a", "b"});
  CHECK(request.flow_control->key.text == "a b");
  CHECK(request.flow_control->limits.rate == 5);
  CHECK(text(request.headers) == "x-q: v w; ");
}

TEST_CASE("A retry delay is kept when no retries are given", "[api]") {
  CHECK(accepted({{"Upstash-Retry-Delay", "1000"}}).retry_delay == "1000");
}

TEST_CASE("Of a setting that is given twice the first counts", "[api]") {
  CHECK(accepted({{"Upstash-Retries", "1"}, {"upstash-retries", "2"}}).retries == 1);
  CHECK(accepted({}, "upstash-retries=1&upstash-retries=2").retries == 1);
}

TEST_CASE("Telemetry and unknown Upstash headers are ignored and not forwarded", "[api]") {
  auto request = accepted({{"Upstash-Telemetry-Sdk", "js, wf"},
                           {"Upstash-Telemetry-Runtime", "node"},
                           {"Upstash-Feature-Set", "x"},
                           {"Upstash-Callbacks", "x"},
                           {"Upstash-", "x"},
                           {"Upstash-Forward", "x"}});
  CHECK(request.headers.empty());
}

TEST_CASE("Headers to forward lose their prefix and keep their order and repetition", "[api]") {
  auto request = accepted({{"Upstash-Forward-X-B", "1"},
                           {"Content-Type", "text/plain"},
                           {"X-Not", "sent"},
                           {"upstash-forward-x-a", ""},
                           {"Upstash-Forward-X-B", "2"},
                           {"Upstash-Forward-Authorization", "Bearer theirs"}});
  CHECK(text(request.headers) == "Content-Type: text/plain; X-B: 1; x-a: ; X-B: 2; Authorization: Bearer theirs; ");
}

TEST_CASE("Upstash-Forward-Content-Type overrides Content-Type", "[api]") {
  auto request = accepted({{"Content-Type", "text/plain"}, {"Upstash-Forward-content-type", "application/xml"}});
  CHECK(text(request.headers) == "content-type: application/xml; ");
}

TEST_CASE("A header to forward beats the query parameter of the same name", "[api]") {
  auto request = accepted({{"Upstash-Forward-X", "h"}}, "upstash-forward-x=q&upstash-forward-y=1&upstash-forward-y=2");
  CHECK(text(request.headers) == "X: h; y: 1; y: 2; ");
}

TEST_CASE("Forged headers of the transport and of sluice are dropped", "[api]") {
  for (std::string name : {"Upstash-Signature", "Upstash-Message-Id", "upstash-retried", "Host", "Content-Length",
                           "Transfer-Encoding", "Connection", "Expect", "TE", "Upgrade", "Proxy-Authorization"}) {
    CAPTURE(name);
    auto forward = "Upstash-Forward-" + name;
    CHECK(accepted({{forward, "forged"}}).headers.empty());
    CHECK(accepted({}, "upstash-forward-" + name + "=forged").headers.empty());
    CHECK(accepted({{name, "forged"}, {"Upstash-Header-Forward", "true"}}).headers.empty());
  }
}

TEST_CASE("Upstash-Header-Forward sends all headers on but those of this connection and the token", "[api]") {
  Given headers = {{"Host", "h"},
                   {"Authorization", "bearer secret"},
                   {"Content-Type", "text/plain"},
                   {"X-Event", "push"},
                   {"Upstash-Delay", "1s"},
                   {"Upstash-Header-Forward", "true"},
                   {"Upstash-Forward-x-event", "named"},
                   {"X-Two", "1"},
                   {"X-Two", "2"}};
  CHECK(text(accepted(headers).headers) == "x-event: named; Content-Type: text/plain; X-Two: 1; X-Two: 2; ");
  SECTION("an Authorization that is no bearer token belongs to the destination") {
    headers[1].value = "Basic dTpw";
    CHECK(text(accepted(headers).headers).find("Authorization: Basic dTpw; ") != std::string::npos);
  }
  SECTION("by query too") {
    headers[5].value = "false";
    CHECK(accepted(headers, "upstash-header-forward=true").headers.size() == 2);
    headers.erase(headers.begin() + 5);
    CHECK(accepted(headers, "upstash-header-forward=true").headers.size() == 4);
  }
}

TEST_CASE("A cron expression is refused where a message is published at once", "[api]") {
  for (const auto& error : {refused({{"Upstash-Cron", "* * * * *"}}), refused({}, "upstash-cron=@daily")}) {
    CHECK(error.code == ErrorCode::invalid_argument);
    CHECK(error.field == "Upstash-Cron");
  }
  CHECK(accepted({{"Upstash-Cron", ""}, {"Upstash-Schedule-Id", "s"}}).retries == 3);
}

TEST_CASE("A queue is named by its header, and an empty name is none", "[api]") {
  auto request = accepted({{"upstash-queue-name", "A-z_0.9"}});
  REQUIRE(request.queue);
  CHECK(request.queue->text == "A-z_0.9");
  CHECK(accepted({}, "upstash-queue-name=q").queue->text == "q");
  CHECK_FALSE(accepted({{"Upstash-Queue-Name", ""}}).queue);
  auto longest = std::string(256, 'q');
  CHECK(accepted({{"Upstash-Queue-Name", longest}}).queue->text == longest);
  for (const auto& name : {std::string("a/b"), std::string("a b"), std::string("\xc3\xbc"), longest + "q"}) {
    CAPTURE(name);
    CHECK(names(refused({{"Upstash-Queue-Name", name}}), "Upstash-Queue-Name"));
  }
}

TEST_CASE("A duplicate is known by an id, or by the content, and the id wins", "[api]") {
  auto by_id = accepted({{"Upstash-Deduplication-Id", "one"}, {"Upstash-Content-Based-Deduplication", "True"}});
  REQUIRE(by_id.deduplication);
  CHECK(std::get<DeduplicationId>(*by_id.deduplication).text == "one");
  for (auto flag : {"true", "True"})
    CHECK(std::holds_alternative<ByContent>(
        accepted({{"Upstash-Content-Based-Deduplication", flag}}).deduplication.value()));
  for (auto flag : {"false", "False"})
    CHECK_FALSE(
        accepted({{"Upstash-Content-Based-Deduplication", flag}, {"Upstash-Deduplication-Id", ""}}).deduplication);
}

TEST_CASE("Hostile numbers are refused by the name of their header and never wrap", "[api]") {
  auto digits = std::string(300, '9');
  for (std::string name : {"Upstash-Retries", "Upstash-Delay", "Upstash-Timeout", "Upstash-Not-Before"}) {
    for (std::string_view value :
         {std::string_view("-1"), std::string_view("+1"), std::string_view("9223372036854775808"),
          std::string_view("18446744073709551617"), std::string_view(digits), std::string_view("0x10"),
          std::string_view("1e3"), std::string_view("\xef\xbc\x91"), std::string_view(""), std::string_view("1 2"),
          std::string_view("x"), std::string_view("NaN")}) {
      CAPTURE(name, value);
      auto error = refused({{name, value}});
      CHECK(error.code == ErrorCode::invalid_argument);
      CHECK(names(error, name));
      CHECK(error.message.size() < 400);
    }
  }
  for (auto retries : {"2147483648", "4294967296", "1.0"})
    CHECK(names(refused({{"Upstash-Retries", retries}}), "Upstash-Retries"));
  for (auto time : {"1700000000.5", "253402300800", "9223372036854775807"})
    CHECK(names(refused({{"Upstash-Not-Before", time}}), "Upstash-Not-Before"));
}

TEST_CASE("Hostile flow-control values are refused by the name of their header", "[api]") {
  for (auto value :
       {"", "period=1m", "rate=0", "rate=-1", "rate=9223372036854775808", "rate=0x1", "rate=1e3", "rate=1.5",
        "rate=\xef\xbc\x91", "parallelism=0", "parallelism=18446744073709551617", "rate=1,rate=2", "rate=1,period=0",
        "rate=1,period=500ms", "rate=1,period=8d", "rate=1,burst=2", "rate"}) {
    CAPTURE(value);
    auto error = refused({{"Upstash-Flow-Control-Key", "k"}, {"Upstash-Flow-Control-Value", value}});
    CHECK(error.code == ErrorCode::invalid_argument);
    CHECK(names(error, "Upstash-Flow-Control-Value"));
  }
}

TEST_CASE("A flow-control key and its value are given together or not at all", "[api]") {
  CHECK(refused({{"Upstash-Flow-Control-Key", "k"}}).field == "Upstash-Flow-Control-Value");
  CHECK(refused({{"Upstash-Flow-Control-Value", "rate=1"}}).field == "Upstash-Flow-Control-Key");
  CHECK(accepted({{"Upstash-Flow-Control-Key", "k"}}, "upstash-flow-control-value=rate=1").flow_control);
}

TEST_CASE("Other words than the documented ones are refused by the name of their header", "[api]") {
  CHECK(names(refused({{"Upstash-Method", "HEAD"}}), "Upstash-Method"));
  CHECK(names(refused({{"Upstash-Method", "post"}}), "Upstash-Method"));
  CHECK(names(refused({{"Upstash-Method", "GET\t/"}}), "Upstash-Method"));
  CHECK(names(refused({{"Upstash-Header-Forward", "yes"}}), "Upstash-Header-Forward"));
  CHECK(names(refused({{"Upstash-Content-Based-Deduplication", "1"}}), "Upstash-Content-Based-Deduplication"));
}

TEST_CASE("Control characters that a query hides are refused and nothing is injected", "[api]") {
  for (auto query :
       {"upstash-forward-x=a%0D%0AInjected:1", "upstash-forward-x=a%00b", "upstash-forward-x=a%0Ab",
        "upstash-forward-x%0D%0AInjected=1", "upstash-forward-x%20y=1", "upstash-forward-=1",
        "upstash-method=GET%0D%0A", "upstash-label=a%00", "upstash-forward-x=%", "upstash-delay=%zz",
        "%75pstash-forward-x=a%0D%0Ab", "upstash-flow-control-key=a%0Ab&upstash-flow-control-value=rate=1"}) {
    CAPTURE(query);
    CHECK(refused({}, query).code == ErrorCode::invalid_argument);
  }
  CHECK(refused({{"Upstash-Forward-", "x"}}).code == ErrorCode::invalid_argument);
}

TEST_CASE("The hops of a publish are read from the delivery's own header only", "[api]") {
  CHECK(accepted({}).hops == 0);
  CHECK(accepted({{"sluice-hops", "3"}}).hops == 3);
  CHECK(accepted({{"Sluice-Hops", "3"}, {"Upstash-Header-Forward", "true"}}).headers.empty());
  CHECK(accepted({{"Upstash-Forward-Sluice-Hops", "3"}}).hops == 0);
  CHECK(accepted({{"Upstash-Forward-Sluice-Hops", "3"}}).headers.empty());
  CHECK(accepted({{"Sluice-Hops", "9223372036854775807"}}).hops == max_hops);
  for (auto value : {"", "-1", "x", "1.5", "9223372036854775808"})
    CHECK(names(refused({{"Sluice-Hops", value}}), "Sluice-Hops"));
}
