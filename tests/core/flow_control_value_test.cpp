#include "actors/core/flow_control_value.hpp"

#include <limits>
#include <optional>
#include <string>

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

FlowLimits limits(std::optional<std::int64_t> parallelism, std::optional<std::int64_t> rate, Duration period = 1s) {
  return {parallelism, rate, period};
}

std::optional<FlowLimits> parsed(std::string_view text) {
  auto result = core::parse_flow_control_value(text);
  return result ? std::optional(*result) : std::nullopt;
}

// The message, after checking that a caller can tell whose fault it is.
std::string complaint(std::string_view text) {
  const auto result = core::parse_flow_control_value(text);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::invalid_argument);
  CHECK(result.error().field == "Upstash-Flow-Control-Value");
  CHECK(result.error().message.find("Upstash-Flow-Control-Value") == 0);
  CHECK(result.error().message.size() < 250);
  return result.error().message;
}

constexpr auto neither =
    "Upstash-Flow-Control-Value should be either rate=X or parallelism=Y, or both as comma-separated values";

} // namespace

TEST_CASE("parse_flow_control_value reads rate, period and parallelism in any order", "[core]") {
  CHECK(parsed("rate=5") == limits({}, 5));
  CHECK(parsed("parallelism=3") == limits(3, {}));
  CHECK(parsed("parallelism=3,rate=5,period=1m") == limits(3, 5, 1min));
  CHECK(parsed("period=1h30m3s,rate=10") == limits({}, 10, 1h + 30min + 3s));
  CHECK(parsed("parallelism=2,period=60") == limits(2, {}, 60s));
  CHECK(parsed("rate=9223372036854775807") == limits({}, std::numeric_limits<std::int64_t>::max()));
}

TEST_CASE("parse_flow_control_value allows blanks around tokens and any case of names", "[core]") {
  CHECK(parsed(" parallelism = 3 ,\tRate\t= 5,  PERIOD=1m  ") == limits(3, 5, 1min));
  CHECK(parsed("Rate=1") == limits({}, 1));
}

TEST_CASE("parse_flow_control_value wants a rate or a parallelism", "[core]") {
  for (std::string_view text : {"", " ", "\t", "period=1m"}) {
    CAPTURE(text);
    CHECK(complaint(text) == neither);
  }
}

TEST_CASE("parse_flow_control_value refuses counts that are not integers of at least 1", "[core]") {
  for (const auto& count :
       {std::string(), std::string("0"), std::string("-1"), std::string("+1"), std::string("1.5"), std::string("1.0"),
        std::string("1e3"), std::string("0x10"), std::string("9223372036854775808"),
        std::string("18446744073709551617"), std::string(300, '9'), std::string("\xef\xbc\x91"), std::string("1 2"),
        std::string("five"), std::string("=5"), std::string("\0", 1)})
    for (std::string_view name : {"rate", "parallelism"}) {
      CAPTURE(name, count);
      const auto prefix =
          "Upstash-Flow-Control-Value: " + std::string(name) + " must be an integer of at least 1, not ";
      CHECK(complaint(std::string(name) + '=' + count).find(prefix) == 0);
    }
}

TEST_CASE("parse_flow_control_value takes periods from 1 second to 7 days", "[core]") {
  CHECK(parsed("rate=1,period=1") == limits({}, 1, 1s));
  CHECK(parsed("rate=1,period=1.5s") == limits({}, 1, 1500ms));
  CHECK(parsed("rate=1,period=7d") == limits({}, 1, 168h));
  CHECK(parsed("rate=1,period=604800") == limits({}, 1, 168h));
  for (std::string_view period : {"", "0", "0s", "0.999s", "604801", "7d0.001s", "8d", "2147483648",
                                  "9223372036854775808", "-1", "1w", "1ms", "1e3"}) {
    CAPTURE(period);
    CHECK(complaint("rate=1,period=" + std::string(period)).find("Upstash-Flow-Control-Value: period must be ") == 0);
  }
}

TEST_CASE("parse_flow_control_value refuses unknown, repeated and missing names", "[core]") {
  for (std::string_view text :
       {"rate=1,rate=1", "rate=1,RATE=2", "parallelism=1,parallelism=1", "rate=1,period=1s,period=1s", "rate=1,",
        ",rate=1", "rate=1,,parallelism=1", ",", "rate", "5", "=5", "rates=1", "ratePerSecond=1",
        "rate=1;parallelism=2", "rate:1", "rate=1 parallelism=2", "rate=1,burst=2"}) {
    CAPTURE(text);
    CHECK(complaint(text) != neither);
  }
  CHECK(complaint("rate=1,rate=2") == "Upstash-Flow-Control-Value: rate must not be given twice");
  CHECK(complaint("burst=2") == "Upstash-Flow-Control-Value knows rate, parallelism and period, not \"burst\"");
}

TEST_CASE("parse_flow_control_value answers a huge value with a short message", "[core]") {
  complaint(std::string(1 << 20, 'x'));
  complaint(std::string(1 << 20, ','));
  complaint("rate=" + std::string(1 << 20, '\n'));
}

TEST_CASE("check refuses limits that an embedding program got wrong", "[core]") {
  CHECK(core::check(limits(1, {})));
  CHECK(core::check(limits({}, 1, 168h)));
  for (const auto& wrong :
       {limits({}, {}), limits(0, {}), limits({}, 0), limits(1, -1), limits(-1, 1), limits({}, 1, 999'999'999ns),
        limits({}, 1, 168h + 1ns), limits(1, {}, 0s), limits({}, 1, Duration::min()), limits({}, 1, Duration::max())}) {
    CAPTURE(wrong.parallelism.value_or(0), wrong.rate.value_or(0), wrong.period.count());
    const auto checked = core::check(wrong);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().field == "Upstash-Flow-Control-Value");
  }
}

TEST_CASE("check takes keys of 1 to 256 bytes", "[core]") {
  for (const auto& text : {std::string("k"), std::string(256, 'k'), std::string("$$"), std::string(" "),
                           std::string("../a'\"; DROP TABLE"), std::string("\xc3\xbc\xff")}) {
    CAPTURE(text);
    CHECK(core::check(FlowControlKey{text}));
  }
}

TEST_CASE("check refuses empty, long, reserved and unprintable keys", "[core]") {
  for (const auto& text : {std::string(), std::string(257, 'k'), std::string(1 << 20, 'k'), std::string("$"),
                           std::string("a\0b", 3), std::string("a\n"), std::string("\x7f")}) {
    CAPTURE(text.substr(0, 10));
    const auto checked = core::check(FlowControlKey{text});
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == ErrorCode::invalid_argument);
    CHECK(checked.error().field == "Upstash-Flow-Control-Key");
    CHECK(checked.error().message.size() < 150);
  }
  CHECK(core::check(FlowControlKey{}).error().message == "flow control key is required");
}

TEST_CASE("check takes a pin of any part and names the part at fault", "[core]") {
  CHECK(core::check(PinRequest{1, {}, {}}));
  CHECK(core::check(PinRequest{{}, 1, {}}));
  CHECK(core::check(PinRequest{{}, {}, 168h}));
  CHECK(core::check(PinRequest{1, 1, 1s}));

  CHECK_FALSE(core::check(PinRequest{}));
  CHECK(core::check(PinRequest{0, 1, 1s}).error().field == "parallelism");
  CHECK(core::check(PinRequest{1, -1, 1s}).error().field == "rate");
  CHECK(core::check(PinRequest{1, 1, 0s}).error().field == "period");
  CHECK(core::check(PinRequest{1, 1, 168h + 1s}).error().field == "period");
  CHECK(core::check(PinRequest{{}, 0, {}}).error().message == "rate must be an integer of at least 1, not 0");
}
