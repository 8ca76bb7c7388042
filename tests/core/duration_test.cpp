#include "actors/core/duration.hpp"

#include <optional>
#include <random>
#include <string>

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

std::optional<Duration> parsed(std::string_view text) {
  auto duration = core::parse_duration(text, "Upstash-Delay");
  return duration ? std::optional(*duration) : std::nullopt;
}

constexpr auto day = 24h;

} // namespace

TEST_CASE("parse_duration reads each unit alone and with others in any order", "[core]") {
  CHECK(parsed("50s") == 50s);
  CHECK(parsed("10h") == 10h);
  CHECK(parsed("1d") == day);
  CHECK(parsed("1d10h30m") == day + 10h + 30min);
  CHECK(parsed("1h30m3s") == 1h + 30min + 3s);
  CHECK(parsed("3s30m1h2d") == 2 * day + 1h + 30min + 3s);
  CHECK(parsed("0s") == 0s);
  CHECK(parsed("007m") == 7min);
}

TEST_CASE("parse_duration reads an integer without a unit as seconds", "[core]") {
  CHECK(parsed("60") == 60s);
  CHECK(parsed("0") == 0s);
}

TEST_CASE("parse_duration cuts each fraction to whole milliseconds", "[core]") {
  CHECK(parsed("1.5s") == 1500ms);
  CHECK(parsed("0.0019s") == 1ms);
  CHECK(parsed("0.0009s") == 0ms);
  CHECK(parsed("1.5d") == 36h);
  CHECK(parsed("0.5h0.5m") == 30min + 30s);
  CHECK(parsed("0." + std::string(300, '9') + "m") == 59'999ms);
}

TEST_CASE("parse_duration refuses every other text", "[core]") {
  for (std::string_view text :
       {"",          " ",          "s",     "-1s",  "+1s", "-0",   "1 s", " 1s", "1s ",  "1.s",   ".5s",
        "1.5",       "1..5s",      "1ms",   "1us",  "1w",  "1y",   "1S",  "1H",  "1h30", "30 1h", "1h1h",
        "1s2s",      "1h,1m",      "0x10s", "1e3s", "1e3", "1_0s", "1's", "NaN", "inf",  "1h-1m", "\xef\xbc\x91s",
        "\xc2\xb2s", "1\xc2\xb5s", "1s\n"}) {
    CAPTURE(text);
    CHECK_FALSE(parsed(text));
  }
  CHECK_FALSE(parsed(std::string_view("1s\0", 3)));
  CHECK_FALSE(parsed(std::string_view("\0", 1)));
}

TEST_CASE("parse_duration ends at max_duration and never wraps", "[core]") {
  CHECK(parsed("36500d") == core::max_duration);
  CHECK(parsed("3153600000") == core::max_duration);
  for (std::string_view text :
       {"36501d", "36500d1s", "36500d0.001s", "3153600001", "3153600000.001s", "9223372036854775807",
        "9223372036854775808", "9223372036854775807s", "9223372036854775.808s", "18446744073709551617s",
        "106751991168d", "36500d876000h", "9223372036854775s106751991167d"}) {
    CAPTURE(text);
    CHECK_FALSE(parsed(text));
  }
  CHECK(parsed("2147483648s") == std::chrono::seconds{2147483648});
  CHECK_FALSE(parsed(std::string(300, '9')));
  CHECK_FALSE(parsed(std::string(300, '9') + "d"));
}

TEST_CASE("parse_duration names the field, the value and what is accepted", "[core]") {
  const auto duration = core::parse_duration("5 minutes", "Upstash-Timeout");
  REQUIRE_FALSE(duration);
  CHECK(duration.error().code == ErrorCode::invalid_argument);
  CHECK(duration.error().field == "Upstash-Timeout");
  CHECK(duration.error().message ==
        "Upstash-Timeout must be a duration such as 30s, 10m, 1h30m or 7d, not \"5 minutes\"");
}

TEST_CASE("parse_duration answers a huge value with a short message", "[core]") {
  const auto duration = core::parse_duration(std::string(1 << 20, '9'), "Upstash-Delay");
  REQUIRE_FALSE(duration);
  CHECK(duration.error().message.size() < 200);
}

TEST_CASE("text_of writes a duration as parse_duration reads it", "[core]") {
  for (auto [duration, text] : {std::pair<Duration, std::string_view>{0s, "0s"},
                                {1s, "1s"},
                                {1500ms, "1.5s"},
                                {50ms, "0.05s"},
                                {60s, "1m"},
                                {24h * 365, "365d"},
                                {25h + 90s, "1d1h1m30s"},
                                {24h + 1ms, "1d0.001s"},
                                {core::max_duration, "36500d"}}) {
    CHECK(core::text_of(duration) == text);
    CHECK(core::parse_duration(text, "x").value() == duration);
  }
  CHECK(core::text_of(-1500ms) == "-1.5s");
  CHECK(core::text_of(-24h) == "-1d");
  CHECK(core::text_of(1ns) == "0s");
}

TEST_CASE("parse_duration stays in range for random texts", "[core]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  constexpr std::string_view alphabet = "0123456789999.smhd";
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto size = random() % 24; size > 0; --size)
      text += alphabet[random() % alphabet.size()];
    const auto duration = parsed(text);
    CAPTURE(text);
    CHECK((!duration || (*duration >= 0s && *duration <= core::max_duration)));
  }
}
