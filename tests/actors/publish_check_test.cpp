#include "actors/publish_check.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace sluice;

namespace {

SchedulerOptions options() {
  SchedulerOptions options;
  options.clock = [] { return Now{{}, WallTime{1'700'000'000s}}; };
  options.max_body = 100;
  options.max_retries = 10;
  return options;
}

PublishRequest valid() { return {UrlDestination{"https://ex.com/a"}}; }

// The field that a request is refused for, empty if it is accepted.
template <class Change>
std::string refused_for(Change change) {
  auto request = valid();
  change(request);
  auto checked = check_publish(request, options());
  return checked ? "" : checked.error().field;
}

} // namespace

TEST_CASE("a plain request is accepted", "[publish]") {
  CHECK(refused_for([](auto&) {}).empty());
}

TEST_CASE("a request with a field out of range is refused for that field", "[publish]") {
  CHECK_FALSE(check_publish({UrlDestination{"ftp://ex.com"}}, options()));
  CHECK_FALSE(check_publish({UrlDestination{"http://ex.com/a b"}}, options()));
  CHECK(refused_for([](auto& r) { r.body = Body(std::string(101, 'x')); }) == "body");
  CHECK(refused_for([](auto& r) { r.retries = -1; }) == "Upstash-Retries");
  CHECK(refused_for([](auto& r) { r.retries = 11; }) == "Upstash-Retries");
  CHECK(refused_for([](auto& r) { r.retry_delay = "1 +"; }) == "Upstash-Retry-Delay");
  CHECK(refused_for([](auto& r) { r.delay = -1ns; }) == "Upstash-Delay");
  CHECK(refused_for([](auto& r) { r.delay = max_delay + 1ns; }) == "Upstash-Delay");
  CHECK(refused_for([](auto& r) { r.not_before = WallTime{1'700'000'000s} + 24h * 366; }) == "Upstash-Not-Before");
  CHECK(refused_for([](auto& r) { r.timeout = 0s; }) == "Upstash-Timeout");
  CHECK(refused_for([](auto& r) { r.labels = {std::string(257, 'x')}; }) == "Upstash-Label");
  CHECK(refused_for([](auto& r) { r.labels = {""}; }) == "Upstash-Label");
  CHECK(refused_for([](auto& r) { r.flow_control = FlowControl{{"$"}, {1, {}}}; }) == "Upstash-Flow-Control-Key");
  CHECK(refused_for([](auto& r) { r.flow_control = FlowControl{{"k"}, {}}; }) == "Upstash-Flow-Control-Value");
  CHECK(refused_for([](auto& r) { r.flow_control = FlowControl{{"k"}, {0, {}}}; }) == "Upstash-Flow-Control-Value");
  CHECK_FALSE(refused_for([](auto& r) { r.headers = {{"X", "a\r\nInjected: 1"}}; }).empty());
  CHECK_FALSE(refused_for([](auto& r) { r.headers = {{"X Y", "a"}}; }).empty());
  CHECK_FALSE(refused_for([](auto& r) { r.headers = {{"X", std::string(70'000, 'a')}}; }).empty());
}

TEST_CASE("the largest and smallest allowed values are accepted", "[publish]") {
  CHECK(refused_for([](auto& r) { r.body = Body(std::string(100, 'x')); }).empty());
  CHECK(refused_for([](auto& r) { r.retries = 10; }).empty());
  CHECK(refused_for([](auto& r) { r.delay = max_delay; }).empty());
  CHECK(refused_for([](auto& r) { r.timeout = 1ns; }).empty());
  CHECK(refused_for([](auto& r) { r.flow_control = FlowControl{{std::string(256, 'k')}, {1, {}}}; }).empty());
}

TEST_CASE("operations are refused for a bad key or a bad pin", "[publish]") {
  CHECK(check_operation({"k"}, core::Pause{}));
  CHECK_FALSE(check_operation({""}, core::Pause{}));
  CHECK_FALSE(check_operation({"$"}, core::Reset{}));
  CHECK_FALSE(check_operation({"k"}, PinRequest{}));
  CHECK_FALSE(check_operation({"k"}, PinRequest{0, {}, {}}));
  CHECK_FALSE(check_operation({"k"}, PinRequest{{}, 1, max_rate_period + 1s}));
}
