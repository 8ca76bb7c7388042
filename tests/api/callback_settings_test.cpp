#include "http/api/callback_settings.hpp"

#include <catch2/catch.hpp>

#include "http/api/publish_headers.hpp"

using namespace sluice;
using namespace sluice::http;
using namespace std::chrono_literals;

namespace {

Result<PublishRequest> read(std::vector<HeaderView> headers, std::string_view query = {}) {
  return read_publish_headers(headers, query);
}

} // namespace

TEST_CASE("A publish says where to call back, and how", "[api]") {
  auto request = read({{"Upstash-Callback", "https://c.example/"},
                       {"upstash-callback-method", "PUT"},
                       {"Upstash-Callback-Retries", "2"},
                       {"Upstash-Callback-Timeout", "5s"},
                       {"Upstash-Callback-Retry-Delay", "1000"},
                       {"Upstash-Callback-Forward-X-Test", "v"},
                       {"Upstash-Callback-Flow-Control-Key", "k"},
                       {"Upstash-Callback-Flow-Control-Value", "rate=3"},
                       {"Upstash-Retries", "7"}},
                      "upstash-failure-callback=https%3A%2F%2Ff.example%2F&upstash-failure-callback-forward-a=b");
  REQUIRE(request);
  CHECK(request->retries == 7);
  REQUIRE(request->callback);
  const auto& callback = *request->callback;
  CHECK(callback.url == "https://c.example/");
  CHECK(callback.method == Method::put);
  CHECK(callback.retries == 2);
  CHECK(callback.timeout == 5s);
  CHECK(callback.retry_delay == "1000");
  CHECK(callback.headers == Headers{{"X-Test", "v"}});
  CHECK(callback.flow_control->key.text == "k");
  REQUIRE(request->failure_callback);
  CHECK(request->failure_callback->url == "https://f.example/");
  CHECK(request->failure_callback->method == Method::post);
  CHECK_FALSE(request->failure_callback->retries);
  CHECK(request->failure_callback->headers == Headers{{"a", "b"}});
}

TEST_CASE("Settings of a callback without its URL configure nothing", "[api]") {
  auto request = read({{"Upstash-Callback-Retries", "2"}, {"Upstash-Failure-Callback", ""}});
  REQUIRE(request);
  CHECK_FALSE(request->callback);
  CHECK_FALSE(request->failure_callback);
}

TEST_CASE("What is wrong with a callback is told by its own name", "[api]") {
  auto error = [](std::string_view name, std::string_view value) {
    return read({{"Upstash-Callback", "https://c.example/"}, {name, value}}).error();
  };
  CHECK(error("Upstash-Callback-Retries", "x").message ==
        "Upstash-Callback-Retries must be an integer from 0 on that the server allows, not \"x\"");
  CHECK(error("Upstash-Callback-Retries", "x").field == "Upstash-Callback-Retries");
  CHECK(error("Upstash-Callback-Delay", "5s").message ==
        "a callback cannot be delayed: leave out Upstash-Callback-Delay");
  CHECK(error("Upstash-Callback-Flow-Control-Key", "k").code == ErrorCode::invalid_argument);
}
