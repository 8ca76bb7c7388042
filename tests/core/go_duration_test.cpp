#include "actors/core/go_duration.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;

TEST_CASE("parse_go_duration adds up parts in any order and as often as they come", "[core]") {
  CHECK(core::parse_go_duration("1h30m", 24h) == 90min);
  CHECK(core::parse_go_duration("1s1h1s250ms", 24h) == 1h + 2s + 250ms);
  CHECK(core::parse_go_duration("1.5h", 24h) == 90min);
}

TEST_CASE("parse_go_duration ends at the longest that is asked for, without wrapping", "[core]") {
  CHECK(core::parse_go_duration("1h", 1h) == 1h);
  CHECK_FALSE(core::parse_go_duration("1h1ns", 1h));
  CHECK_FALSE(core::parse_go_duration("2562047h2562047h2562047h", Duration::max()));
}

TEST_CASE("parse_go_duration knows no days, no sign and no bare number", "[core]") {
  for (auto text : {"", "1d", "-1h", "+1h", "60", "1h ", "1H", "h", "1h30"}) {
    CAPTURE(text);
    CHECK_FALSE(core::parse_go_duration(text, 24h));
  }
}
