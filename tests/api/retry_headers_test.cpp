#include "http/api/retry_headers.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::http;
using namespace std::chrono_literals;

namespace {

using Given = std::vector<HeaderView>;

Result<RetryOverrides> read(const Given& headers, std::string_view query = "") {
  return read_retry_headers(headers, query);
}

} // namespace

TEST_CASE("A retry without headers changes nothing", "[api]") {
  auto overrides = read({{"Content-Type", "application/json"}, {"Upstash-Telemetry-Sdk", "x"}, {"X-Other", "y"}});
  REQUIRE(overrides);
  CHECK_FALSE(overrides->retries);
  CHECK_FALSE(overrides->retry_delay);
  CHECK_FALSE(overrides->method);
  CHECK_FALSE(overrides->delay);
  CHECK_FALSE(overrides->not_before);
  CHECK_FALSE(overrides->timeout);
  CHECK_FALSE(overrides->flow_control);
  CHECK_FALSE(overrides->labels);
}

TEST_CASE("A retry changes what its headers name", "[api]") {
  auto overrides = read({{"upstash-retries", "0"},
                         {"Upstash-Retry-Delay", "1000"},
                         {"Upstash-Method", "PUT"},
                         {"Upstash-Delay", "5s"},
                         {"Upstash-Not-Before", "1700000000"},
                         {"Upstash-Timeout", "7s"},
                         {"Upstash-Flow-Control-Key", "k"},
                         {"Upstash-Flow-Control-Value", "rate=1"}},
                        "upstash-label=a,b&upstash-retries=9");
  REQUIRE(overrides);
  CHECK(overrides->retries == 0);
  CHECK(overrides->retry_delay == "1000");
  CHECK(overrides->method == Method::put);
  CHECK(overrides->delay == Duration{5s});
  CHECK(overrides->not_before == WallTime{1'700'000'000s});
  CHECK(overrides->timeout == Duration{7s});
  CHECK(overrides->flow_control->key.text == "k");
  CHECK(overrides->labels == std::vector<std::string>{"a", "b"});
  CHECK(read({{"Upstash-Label", ""}})->labels == std::vector<std::string>{});
}

TEST_CASE("A retry refuses what it leaves as it was published", "[api]") {
  for (std::string_view name :
       {"Upstash-Forward-X", "Upstash-Header-Forward", "Upstash-Callback", "Upstash-Failure-Callback",
        "Upstash-Deduplication-Id", "Upstash-Content-Based-Deduplication", "Upstash-Redact-Fields",
        "Upstash-Queue-Name", "Upstash-Cron"}) {
    CAPTURE(name);
    auto refused = read({{name, "x"}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::invalid_argument);
    CHECK(refused.error().message == std::string(name) + " cannot be changed by a retry from the dead-letter queue");
  }
  for (std::string name : {"Upstash-Retries", "Upstash-Delay", "Upstash-Method", "Upstash-Timeout"})
    CHECK(read({{name, "x"}}).error().message.find(name) != std::string::npos);
}
