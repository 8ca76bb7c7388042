#include "actors/core/text.hpp"

#include <limits>
#include <string>

#include <catch2/catch.hpp>

#include "actors/core/number.hpp"

using namespace sluice::core;

TEST_CASE("quoted repeats an ordinary value as it is", "[core]") {
  CHECK(quoted("") == "\"\"");
  CHECK(quoted("rate=5, period=1m") == "\"rate=5, period=1m\"");
}

TEST_CASE("quoted cuts a long value after max_quoted bytes", "[core]") {
  const std::string fits(max_quoted, 'x');
  CHECK(quoted(fits) == '"' + fits + '"');
  CHECK(quoted(fits + 'y') == '"' + fits + "...\"");
  CHECK(quoted(std::string(1 << 20, 'x')).size() == max_quoted + 5);
}

TEST_CASE("quoted replaces every byte that could break an answer", "[core]") {
  CHECK(quoted(std::string_view("a\0b\r\n\t\x7f", 7)) == "\"a?b????\"");
  CHECK(quoted("\"\\") == "\"??\"");
  CHECK(quoted("\xff\xc3\xa9") == "\"???\"");
}

TEST_CASE("has_control finds C0 controls and DEL", "[core]") {
  CHECK_FALSE(has_control(""));
  CHECK_FALSE(has_control(" ~\xc3\xbc\xff"));
  CHECK(has_control(std::string_view("a\0", 2)));
  CHECK(has_control("a\x1f"));
  CHECK(has_control("\x7f"));
}

TEST_CASE("parse_integer reads digits up to 2^63 - 1 and nothing else", "[core]") {
  CHECK(parse_integer("0") == 0);
  CHECK(parse_integer("007") == 7);
  CHECK(parse_integer("2147483648") == std::int64_t{1} << 31);
  CHECK(parse_integer("9223372036854775807") == std::numeric_limits<std::int64_t>::max());

  for (std::string_view text : {"", " ", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "1_000", "9223372036854775808",
                                "18446744073709551617", "\xef\xbc\x91", "one"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_integer(text));
  }
  CHECK_FALSE(parse_integer(std::string(300, '9')));
  CHECK_FALSE(parse_integer(std::string_view("1\0", 2)));
}

TEST_CASE("parse_unsigned reads digits up to 2^64 - 1", "[core]") {
  CHECK(parse_unsigned("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  CHECK_FALSE(parse_unsigned("18446744073709551616"));
  CHECK_FALSE(parse_unsigned("-1"));
}

TEST_CASE("parse_scaled rounds down exactly, however long the fraction", "[core]") {
  CHECK(parse_scaled("1.5", 1000) == 1500);
  CHECK(parse_scaled("0.0009", 1000) == 0);
  CHECK(parse_scaled("0." + std::string(300, '9'), 1000) == 999);
  // 1/86,400,000 is 1.1574074074…e-8: only the seventeenth digit tells 1 from 0.
  CHECK(parse_scaled("0.00000001157407407", 86'400'000) == 0);
  CHECK(parse_scaled("0.00000001157407408", 86'400'000) == 1);
}

TEST_CASE("parse_scaled refuses what does not fit", "[core]") {
  CHECK(parse_scaled("9223372036854775.807", 1000) == std::numeric_limits<std::int64_t>::max());
  CHECK_FALSE(parse_scaled("9223372036854775.808", 1000));
  CHECK_FALSE(parse_scaled("9223372036854776", 1000));
  for (std::string_view text : {"", ".", "1.", ".5", "1.2.3", "-1", "1e3"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_scaled(text, 1000));
  }
}
