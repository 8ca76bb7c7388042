#include "http/api/pin_parameters.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::http;
using namespace std::chrono_literals;

TEST_CASE("read_pin takes each part alone or together", "[api]") {
  auto all = read_pin("parallelism=3&rate=20&period=120");
  REQUIRE(all);
  CHECK(all->parallelism == 3);
  CHECK(all->rate == 20);
  CHECK(all->period == Duration{120s});
  CHECK_FALSE(read_pin("rate=1")->parallelism);
  CHECK(read_pin("period=604800")->period == Duration{168h});
  CHECK(read_pin("rate=9223372036854775807&qstash_token=t&upstash-x=1")->rate == INT64_MAX);
}

TEST_CASE("read_pin names parameter, value and what is accepted", "[api]") {
  auto row = GENERATE(table<std::string_view, std::string_view>({
      {"", "pin needs at least one of the parameters parallelism, rate and period"},
      {"qstash_token=t", "pin needs at least one of the parameters parallelism, rate and period"},
      {"rate=0", "rate must be an integer of at least 1, not \"0\""},
      {"rate=", "rate must be an integer of at least 1, not \"\""},
      {"rate=-1", "rate must be an integer of at least 1, not \"-1\""},
      {"rate=1.5", "rate must be an integer of at least 1, not \"1.5\""},
      {"rate=9223372036854775808", "rate must be an integer of at least 1, not \"9223372036854775808\""},
      {"parallelism=abc", "parallelism must be an integer of at least 1, not \"abc\""},
      {"period=0&rate=1", "period must be an integer from 1 to 604800, not \"0\""},
      {"period=604801&rate=1", "period must be an integer from 1 to 604800, not \"604801\""},
      {"period=1m&rate=1", "period must be an integer from 1 to 604800, not \"1m\""},
      {"period=18446744073709551617", "period must be an integer from 1 to 604800, not \"18446744073709551617\""},
      {"rate=1&burst=2", "unknown parameter \"burst\"; accepted are parallelism, rate and period"},
      {"Rate=1", "unknown parameter \"Rate\"; accepted are parallelism, rate and period"},
      {"rate=1&rate=2", "the parameter \"rate\" is given more than once"},
      {"rate=%", "the parameter \"rate\" has a % that two hexadecimal digits do not follow: \"%\""},
  }));
  CAPTURE(std::get<0>(row));
  auto request = read_pin(std::get<0>(row));
  REQUIRE_FALSE(request);
  CHECK(request.error().code == ErrorCode::invalid_argument);
  CHECK(request.error().message == std::get<1>(row));
}

TEST_CASE("read_unpin reads flags, and none means that nothing is unpinned", "[api]") {
  CHECK(read_unpin("parallelism=true")->parallelism);
  CHECK_FALSE(read_unpin("parallelism=true")->rate);
  CHECK(read_unpin("rate=True&parallelism=false")->rate);
  CHECK_FALSE(read_unpin("")->parallelism);
  CHECK(read_unpin("rate=1").error().message == "rate must be true or false, not \"1\"");
  CHECK(read_unpin("rate=").error().code == ErrorCode::invalid_argument);
  CHECK(read_unpin("period=true").error().message == "unknown parameter \"period\"; accepted are parallelism and rate");
}
