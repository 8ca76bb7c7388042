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
  CHECK(refused_for([](auto& r) { r.delay = SchedulerOptions{}.max_delay + 1ns; }) == "Upstash-Delay");
  CHECK(refused_for([](auto& r) { r.not_before = WallTime{1'700'000'000s} + 24h * 366; }) == "Upstash-Not-Before");
  CHECK(refused_for([](auto& r) { r.timeout = 0s; }) == "Upstash-Timeout");
  CHECK(refused_for([](auto& r) { r.labels = {std::string(257, 'x')}; }) == "Upstash-Label");
  CHECK(refused_for([](auto& r) { r.redaction.headers = {"a b"}; }) == "Upstash-Redact-Fields");
  CHECK(refused_for([](auto& r) { r.redaction.headers = {""}; }) == "Upstash-Redact-Fields");
  CHECK(refused_for([](auto& r) { r.redaction.headers = {std::string(257, 'x')}; }) == "Upstash-Redact-Fields");
  CHECK(refused_for([](auto& r) { r.redaction.headers.assign(65, "x"); }) == "Upstash-Redact-Fields");
  CHECK(refused_for([](auto& r) { r.redaction.headers.assign(64, std::string(256, 'x')); }).empty());
  CHECK(refused_for([](auto& r) { r.hops = -1; }) == "Sluice-Hops");
  CHECK(refused_for([](auto& r) { r.hops = 10; }) == "Sluice-Hops");
  CHECK(refused_for([](auto& r) { r.labels = {""}; }) == "Upstash-Label");
  CHECK(refused_for([](auto& r) { r.flow_control = FlowControl{{"$"}, {1, {}}}; }) == "Upstash-Flow-Control-Key");
  CHECK(refused_for([](auto& r) { r.flow_control = FlowControl{{"k"}, {}}; }) == "Upstash-Flow-Control-Value");
  CHECK(refused_for([](auto& r) { r.flow_control = FlowControl{{"k"}, {0, {}}}; }) == "Upstash-Flow-Control-Value");
  CHECK_FALSE(refused_for([](auto& r) { r.headers = {{"X", "a\r\nInjected: 1"}}; }).empty());
  CHECK_FALSE(refused_for([](auto& r) { r.headers = {{"X Y", "a"}}; }).empty());
  CHECK_FALSE(refused_for([](auto& r) { r.headers = {{"X", std::string(70'000, 'a')}}; }).empty());
}

TEST_CASE("a refusal names the field, its value and what is accepted", "[publish]") {
  auto why = [](auto change, SchedulerOptions with) {
    auto request = valid();
    change(request);
    return check_publish(request, with).error().message;
  };
  auto limited = options();
  limited.max_delay = 24h * 7;
  limited.max_headers = 10;
  CHECK(why([](auto& r) { r.body = Body(std::string(101, 'x')); }, limited) ==
        "the body of a message may have at most 100 bytes, not 101");
  CHECK(why([](auto& r) { r.delay = 24h * 8; }, limited) == "Upstash-Delay must be 0s to 7d, not 8d");
  CHECK(why([](auto& r) { r.not_before = WallTime{1'700'000'000s} + 24h * 8; }, limited) ==
        "Upstash-Not-Before must be at most 7d ahead, not 1700691200");
  CHECK(why([](auto& r) { r.timeout = -1s; }, limited) == "Upstash-Timeout must be more than 0s, not -1s");
  CHECK(why([](auto& r) { r.retries = 11; }, limited) == "Upstash-Retries must be 0 to 10, not 11");
  CHECK(why([](auto& r) { r.labels.assign(65, "x"); }, limited) == "Upstash-Label may hold at most 64 labels, not 65");
  CHECK(why([](auto& r) { r.labels = {""}; }, limited) ==
        "Upstash-Label must hold labels of 1 to 256 bytes, not \"\" with 0");
  CHECK(why(
            [](auto& r) {
              r.headers = {{"abc", "defg"}};
            },
            limited) == "the headers of a message may have at most 10 bytes together, not 11");
  CHECK(why(
            [](auto& r) {
              r.headers = {{"a", "\n"}};
            },
            limited) == "the value of header a may have no control character but the tab: \"?\"");
  CHECK(why([](auto& r) { r.destination = UrlDestination{"http://a:0/"}; }, limited) ==
        "invalid destination url: the port is not a number from 1 to 65535: \"http://a:0/\"");
}

TEST_CASE("a limit of the options is kept to the last unit", "[publish]") {
  auto limited = options();
  limited.max_delay = 7s;
  limited.max_headers = 11;
  auto request = valid();
  request.delay = 7s;
  request.not_before = WallTime{1'700'000'007s};
  request.headers = {{"abc", "defg"}};
  CHECK(check_publish(request, limited));
  limited.max_headers = 10;
  CHECK(check_publish(request, limited).error().field == "headers");
  Callback callback{"https://ex.com/c", Method::post, {{"abc", "defg"}}};
  request = valid();
  request.callback = std::make_shared<const Callback>(callback);
  CHECK(check_publish(request, limited).error().field == "Upstash-Callback");
}

TEST_CASE("a queue's parallelism is at least 1 and at most what the options allow", "[publish]") {
  auto limited = options();
  limited.max_queue_parallelism = 5;
  CHECK(check_queue({"q"}, {5, {}}, limited));
  auto low = check_queue({"q"}, {0, {}}, limited);
  CHECK(low.error().code == ErrorCode::invalid_argument);
  auto high = check_queue({"q"}, {6, {}}, limited);
  CHECK(high.error().code == ErrorCode::too_many);
  CHECK(high.error().message == "parallelism must be 1 to 5, not 6");
}

TEST_CASE("a destination that is a refused address itself is refused at once", "[publish]") {
  auto restricted = options();
  restricted.http.allow_destinations = "10.0.0.0/8";
  auto why = [&](const std::string& url) {
    auto checked = check_publish({UrlDestination{url}}, restricted);
    return checked ? "" : checked.error().field + ": " + checked.error().message;
  };
  const std::string prefix = "destination: invalid destination url: endpoint resolves to ";
  CHECK(why("http://localhost:8080/") == prefix + "a loopback address: ::1");
  CHECK(why("http://a.LocalHost./") == prefix + "a loopback address: ::1");
  CHECK(why("http://127.0.0.1/") == prefix + "a loopback address: 127.0.0.1");
  CHECK(why("http://0x7f.1/") == prefix + "a loopback address: 127.0.0.1");
  CHECK(why("http://2130706433:80/x?y") == prefix + "a loopback address: 127.0.0.1");
  CHECK(why("https://[::ffff:7f00:1]/") == prefix + "a loopback address: 127.0.0.1");
  CHECK(why("http://169.254.169.254/latest") == prefix + "a link-local address: 169.254.169.254");
  CHECK(why("http://192.168.257/") == prefix + "a private address: 192.168.1.1");
  CHECK(why("http://[fd00::1]/") == prefix + "a unique-local address: fd00::1");
  CHECK(why("http://0/") == prefix + "an unspecified address: 0.0.0.0");
  CHECK(why("http://10.1.2.3/").empty());
  CHECK(why("http://8.8.8.8/").empty());
  CHECK(why("http://localhost.ex.com/").empty());
}

TEST_CASE("localhost is accepted if one of its addresses is allowed", "[publish]") {
  auto restricted = options();
  auto allowed = GENERATE("127.0.0.1", "::1/128", "127.0.0.0/8", "private");
  restricted.http.allow_destinations = allowed;
  CHECK(check_publish({UrlDestination{"http://localhost/"}}, restricted));
}

TEST_CASE("by default any address is accepted as a destination", "[publish]") {
  CHECK(check_publish({UrlDestination{"http://localhost/"}}, options()));
  CHECK(check_publish({UrlDestination{"http://127.0.0.1/"}}, options()));
}

TEST_CASE("the largest and smallest allowed values are accepted", "[publish]") {
  CHECK(refused_for([](auto& r) { r.body = Body(std::string(100, 'x')); }).empty());
  CHECK(refused_for([](auto& r) { r.retries = 10; }).empty());
  CHECK(refused_for([](auto& r) { r.delay = SchedulerOptions{}.max_delay; }).empty());
  CHECK(refused_for([](auto& r) { r.hops = 9; }).empty());
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
