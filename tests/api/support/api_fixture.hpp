// An Api over a real Scheduler, without sockets: requests go in as text.
#pragma once

#include <catch2/catch.hpp>

#include <optional>

#include "http/api/api.hpp"
#include "tests/api/support/recording_transport.hpp"

namespace sluice::test {

class ApiFixture {
public:
  using Given = std::vector<http::HeaderView>;

  explicit ApiFixture(bool cors = false) : ApiFixture(cors, {}) {}
  explicit ApiFixture(SchedulerOptions with) : ApiFixture(false, std::move(with)) {}

  ApiFixture(bool cors, SchedulerOptions with)
      : transport(std::make_shared<RecordingTransport>(loop)),
        scheduler(open(std::move(with))),
        api(scheduler, {.token = "secret",
                        .read_only_token = "look",
                        .cors = cors,
                        .log = [this](const LogLine& line) { logged.push_back(line); },
                        .clock = clock,
                        .signing_keys_changed = [this](const SigningKeys& keys) { changed_keys.push_back(keys); }}) {}

  /// The answer to a request with the right token.
  http::ApiResponse call(std::string_view method, std::string_view target, Given headers = {}, std::string body = {}) {
    headers.push_back({"Authorization", "Bearer secret"});
    return call_as_stranger(method, target, headers, std::move(body));
  }

  /// The answer to a request with nothing but `headers`. Runs the loop until it is there.
  http::ApiResponse call_as_stranger(std::string_view method, std::string_view target, const Given& headers = {},
                                     std::string body = {}) {
    std::optional<http::ApiResponse> response;
    loop.post([&] {
      api.handle({method, target, headers, std::move(body), "127.0.0.1"}, [&](http::ApiResponse given) {
        REQUIRE_FALSE(response);
        response = std::move(given);
        loop.stop();
      });
    });
    loop.run();
    for (const auto& piece : std::exchange(response->pieces, {}))
      response->body += piece.view();
    return std::move(*response);
  }

  /// Publishes and returns the id of the message.
  std::string publish(std::string_view url, Given headers = {}, std::string body = {}) {
    auto response = call("POST", "/v2/publish/" + std::string(url), std::move(headers), std::move(body));
    INFO(response.body);
    REQUIRE(response.status == 200);
    return field(response.body, "messageId");
  }

  /// Asks until the answer contains `text`; each time the loop moves on.
  http::ApiResponse call_until(std::string_view text, std::string_view method, std::string_view target) {
    for (int turn = 0; turn < 1000; ++turn)
      if (auto response = call(method, target); response.body.find(text) != std::string::npos)
        return response;
    FAIL("never answered: " << text);
    return {};
  }

  /// The text of a JSON field whose value needs no unescaping.
  static std::string field(std::string_view json, std::string_view name) {
    auto begin = json.find("\"" + std::string(name) + "\":\"");
    REQUIRE(begin != std::string_view::npos);
    begin += name.size() + 4;
    return std::string(json.substr(begin, json.find('"', begin) - begin));
  }

  std::vector<LogLine> logged;
  std::vector<SigningKeys> changed_keys;
  EventLoop loop;
  std::shared_ptr<RecordingTransport> transport;
  Scheduler scheduler;
  http::Api api;

private:
  static Now clock() { return {TimePoint{std::chrono::hours{1}}, WallTime{std::chrono::seconds{1'700'000'000}}}; }

  Scheduler open(SchedulerOptions options) {
    options.event_loop = &loop;
    options.transport = transport;
    options.signing_keys = {"sig_current", "sig_next"};
    options.clock = clock;
    auto opened = Scheduler::open(std::move(options));
    REQUIRE(opened);
    return std::move(*opened);
  }
};

inline std::string header(const http::ApiResponse& response, std::string_view name) {
  for (const auto& each : response.headers)
    if (each.name == name)
      return each.value;
  return {};
}

} // namespace sluice::test
