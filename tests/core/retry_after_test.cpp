#include "actors/core/retry_after.hpp"

#include <optional>
#include <random>
#include <string>

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

// Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110.
constexpr WallTime t0{784'111'777'000ms};

std::optional<Duration> wait(std::string value, WallTime now = t0) {
  return core::retry_after({{"Retry-After", std::move(value)}}, now);
}

} // namespace

TEST_CASE("retry_after reads seconds", "[core]") {
  CHECK(wait("0") == 0s);
  CHECK(wait("5") == 5s);
  CHECK(wait(" 120\t") == 120s);
  CHECK(wait("1.5") == 1500ms);
  CHECK(wait("0.0000000019") == 1ns);
}

TEST_CASE("retry_after reads Go durations", "[core]") {
  CHECK(wait("6m5s") == 6min + 5s);
  CHECK(wait("1h") == 1h);
  CHECK(wait("17ms") == 17ms);
  CHECK(wait("1m26.4s") == 86'400ms);
  CHECK(wait("250us") == 250us);
  CHECK(wait("250\xc2\xb5s") == 250us);
  CHECK(wait("250\xce\xbcs") == 250us);
  CHECK(wait("3ns") == 3ns);
  CHECK(wait("1s1h1s") == 1h + 2s);
  CHECK(wait("0s") == 0s);
}

TEST_CASE("retry_after reads HTTP dates", "[core]") {
  CHECK(wait("Sun, 06 Nov 1994 08:49:37 GMT") == 0s);
  CHECK(wait("Sun, 06 Nov 1994 08:49:38 GMT") == 1s);
  CHECK(wait("Sun, 06 Nov 1994 08:49:38 GMT", t0 + 250ms) == 750ms);
  CHECK(wait("Sun, 06 Nov 1994 08:49:60 GMT") == 23s);
  CHECK(wait("Mon, 07 Nov 1994 08:49:37 GMT") == 24h);
  CHECK(wait("Thu, 29 Feb 1996 00:00:00 GMT", WallTime(std::chrono::sys_days{std::chrono::year{1996} / 2 / 28})) ==
        24h);
}

TEST_CASE("retry_after takes a date in the past for at once", "[core]") {
  CHECK(wait("Sat, 05 Nov 1994 08:49:37 GMT") == 0s);
  CHECK(wait("Thu, 01 Jan 1970 00:00:00 GMT") == 0s);
  CHECK(wait("Sat, 01 Jan 0000 00:00:00 GMT") == 0s);
}

TEST_CASE("retry_after ignores anything beyond one day", "[core]") {
  CHECK(wait("86400") == 24h);
  CHECK(wait("24h") == 24h);
  for (std::string value :
       {"86401", "86400.000000001", "1000000000000000000000000", "9223372036854775807", "9223372036854775808",
        "18446744073709551617", "2147483648", "24h1ns", "23h59m61s", "25h", "9223372036854775808ns",
        "Mon, 07 Nov 1994 08:49:38 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"}) {
    CAPTURE(value);
    CHECK_FALSE(wait(value));
  }
}

TEST_CASE("retry_after ignores what it does not understand", "[core]") {
  for (std::string value : {"",
                            " ",
                            "-1",
                            "-0",
                            "+1",
                            "-5s",
                            "+5s",
                            "NaN",
                            "nan",
                            "inf",
                            "Infinity",
                            "1e3",
                            "0x10",
                            "1.",
                            ".5",
                            "1.5.1",
                            "5 s",
                            "5,6",
                            "s",
                            "m5",
                            "1d",
                            "5S",
                            "1h30",
                            "1\xb5s",
                            "\xef\xbc\x95",
                            "soon",
                            "5s\n",
                            "Sun, 06 Nov 1994 08:49:37 UTC",
                            "Sun, 06 Nov 1994 08:49:37 +0000",
                            "Sun, 6 Nov 1994 08:49:37 GMT",
                            "Sun 06 Nov 1994 08:49:37 GMT",
                            "Sunday, 06-Nov-94 08:49:37 GMT",
                            "Sun Nov  6 08:49:37 1994",
                            "sun, 06 nov 1994 08:49:37 gmt",
                            "Xxx, 06 Nov 1994 08:49:37 GMT",
                            "Sun, 06 Xov 1994 08:49:37 GMT",
                            "Sun, 06 ovD 1994 08:49:37 GMT",
                            "Sun, 00 Nov 1994 08:49:37 GMT",
                            "Sun, 31 Nov 1994 08:49:37 GMT",
                            "Wed, 29 Feb 1995 08:49:37 GMT",
                            "Sun, 06 Nov 1994 24:00:00 GMT",
                            "Sun, 06 Nov 1994 08:60:37 GMT",
                            "Sun, 06 Nov 1994 08:49:61 GMT",
                            "Sun, 06 Nov -994 08:49:37 GMT",
                            "Sun, 06 Nov 1994 08:49:37 GMT "
                            "x"}) {
    CAPTURE(value);
    CHECK_FALSE(wait(value));
  }
  CHECK_FALSE(wait(std::string("5\0", 2)));
  CHECK_FALSE(wait(std::string(5 * 1024, '1')));
  CHECK_FALSE(wait(std::string(5 * 1024, '0')));
}

TEST_CASE("retry_after takes the first header of its order, wherever it stands", "[core]") {
  Headers headers{{"x-ratelimit-reset-tokens", "4"},
                  {"X-RateLimit-Reset-Requests", "3"},
                  {"X-RATELIMIT-RESET", "2"},
                  {"retry-after", "1"}};
  for (auto expected : {1s, 2s, 3s, 4s}) {
    CHECK(core::retry_after(headers, t0) == expected);
    headers.pop_back();
  }
  CHECK_FALSE(core::retry_after(headers, t0));
}

TEST_CASE("retry_after passes over a value that it ignores", "[core]") {
  CHECK(core::retry_after({{"Retry-After", "soon"}, {"X-RateLimit-Reset", "2"}}, t0) == 2s);
  CHECK(core::retry_after({{"Retry-After", "99999999"}, {"X-RateLimit-Reset-Tokens", "6m5s"}}, t0) == 6min + 5s);
  CHECK(core::retry_after({{"Retry-After", "-1"}, {"Retry-After", "7"}}, t0) == 7s);
  CHECK_FALSE(core::retry_after({{"Retry-Afters", "5"}, {"Date", "5"}}, t0));
}

TEST_CASE("retry_after stays within one day for random values", "[core]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  constexpr std::string_view alphabet = "0123456789999.nusmh";
  for (int i = 0; i < 20'000; ++i) {
    std::string value;
    for (auto size = random() % 70; size > 0; --size)
      value += alphabet[random() % alphabet.size()];
    const auto result = wait(value);
    CAPTURE(value);
    CHECK((!result || (*result >= 0s && *result <= 24h)));
  }
}
