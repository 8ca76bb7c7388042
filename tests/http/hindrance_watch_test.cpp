#include "http/hindrance_watch.hpp"

#include <boost/asio/steady_timer.hpp>
#include <catch2/catch.hpp>

#include "actors/event_loop_impl.hpp"

using namespace sluice;
using namespace std::chrono_literals;

TEST_CASE("HindranceWatch says once that messages are refused, and why", "[http]") {
  EventLoop loop;
  SchedulerOptions options;
  options.event_loop = &loop;
  auto scheduler = Scheduler::open(std::move(options));
  REQUIRE(scheduler);
  std::vector<LogLine> logged;
  auto& io = loop.impl().io;
  auto watch = std::make_unique<http::HindranceWatch>(
      io, *scheduler, [&](const LogLine& line) { logged.push_back(line); }, 1ms);
  auto run_for = [&](Duration time) {
    boost::asio::steady_timer timer(io, time);
    timer.async_wait([&](auto) { loop.stop(); });
    loop.run();
  };

  run_for(20ms);
  CHECK(logged.empty());
  scheduler->stop([] {});
  run_for(20ms);
  REQUIRE(logged.size() == 1);
  CHECK(logged[0].level == LogLevel::error);
  CHECK(logged[0].message == "messages are refused");
  CHECK_FALSE(logged[0].fields[0].value.empty());
}
