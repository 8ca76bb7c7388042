#include "tests/transport/client.hpp"

#include <catch2/catch.hpp>

#include "actors/event_loop_impl.hpp"

namespace sluice::test {

using namespace std::chrono_literals;

namespace {

// Only ever reached by a defect.
constexpr auto absurdly_long = 60s;

} // namespace

Client::Client(HttpTransportOptions options) {
  auto made = make_http_transport(loop, std::move(options));
  REQUIRE(made);
  transport = std::move(*made);
}

boost::asio::io_context& Client::io() { return loop.impl().io; }

void Client::run_until(const std::function<bool()>& is_reached) {
  while (!is_reached()) {
    io().restart();
    if (io().run_one_for(absurdly_long) == 0)
      FAIL("nothing happens any more");
  }
}

Outcome Client::fetch(OutgoingRequest request) {
  std::optional<Outcome> outcome;
  auto call = send(std::move(request), outcome);
  run_until([&] { return outcome.has_value(); });
  return *outcome;
}

std::unique_ptr<Transport::Call> Client::send(OutgoingRequest request, std::optional<Outcome>& outcome) {
  auto call = transport->send(std::move(request), [&outcome](Outcome result) {
    REQUIRE_FALSE(outcome); // Exactly once.
    outcome = std::move(result);
  });
  REQUIRE_FALSE(outcome); // Never from inside `send`.
  return call;
}

OutgoingRequest Client::post(std::string url, std::string body) {
  return {Method::post, std::move(url), {}, Body(std::move(body)), 30s};
}

std::string answer(const std::string& body, const std::string& headers) {
  return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

} // namespace sluice::test
