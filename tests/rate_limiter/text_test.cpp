#include "actors/core/rate_limit_text.hpp"

#include <limits>

#include <catch2/catch.hpp>

using namespace sluice::core;

TEST_CASE("Numbers print as JavaScript prints them", "[text]") {
  CHECK(javascript_text(11) == "11");
  CHECK(javascript_text(2.75) == "2.75");
  CHECK(javascript_text(-0.5) == "-0.5");
  CHECK(javascript_text(0) == "0");
  CHECK(javascript_text(-0.0) == "0");
  CHECK(javascript_text(1.0 / 3) == "0.3333333333333333");
  CHECK(javascript_text(1e-6) == "0.000001");
  CHECK(javascript_text(1e-7) == "1e-7");
  CHECK(javascript_text(1.25e-9) == "1.25e-9");
  CHECK(javascript_text(123456789.125) == "123456789.125");
  CHECK(javascript_text(123456789012345680000.0) == "123456789012345680000");
  CHECK(javascript_text(1e21) == "1e+21");
  CHECK(javascript_text(-1.5e300) == "-1.5e+300");
  CHECK(javascript_text(std::numeric_limits<double>::quiet_NaN()) == "NaN");
  CHECK(javascript_text(-std::numeric_limits<double>::infinity()) == "-Infinity");
}

TEST_CASE("Two decimals round the exact value half up", "[text]") {
  CHECK(javascript_fixed(15) == "15.00");
  CHECK(javascript_fixed(0.125) == "0.13");
  CHECK(javascript_fixed(0.375) == "0.38");
  CHECK(javascript_fixed(-0.125) == "-0.13");
  CHECK(javascript_fixed(1.005) == "1.00");
  CHECK(javascript_fixed(2.5) == "2.50");
  CHECK(javascript_fixed(-0.0) == "0.00");
  CHECK(javascript_fixed(1e21) == "1e+21");
  CHECK(javascript_fixed(std::numeric_limits<double>::infinity()) == "Infinity");
}
