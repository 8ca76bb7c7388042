#include "http/api/target.hpp"

#include <catch2/catch.hpp>

using namespace sluice::http;

TEST_CASE("split_target cuts at the first question mark", "[api]") {
  auto target = split_target("/v2/publish/https://a/?x=1?y");
  CHECK(target.path == "/v2/publish/https://a/");
  CHECK(target.query == "x=1?y");
  CHECK(target.has_query);
  CHECK(split_target("/healthz").path == "/healthz");
  CHECK_FALSE(split_target("/healthz").has_query);
  CHECK(split_target("/a?").has_query);
}

TEST_CASE("percent_decode decodes every escape exactly once", "[api]") {
  CHECK(percent_decode("k%2F1%202") == "k/1 2");
  CHECK(percent_decode("%252F") == "%2F");
  CHECK(percent_decode("a+b") == "a+b");
  CHECK(percent_decode("%C5%9f") == "\xc5\x9f");
  CHECK(percent_decode("%00") == std::string(1, '\0'));
  CHECK(form_decode("a+b%2B") == "a b+");
}

TEST_CASE("percent_decode refuses an escape without two hexadecimal digits", "[api]") {
  for (auto text : {"%", "%1", "a%", "%g0", "%0g", "%%20", "% 1"})
    CHECK_FALSE(percent_decode(text));
  // What lies behind the text is none of it.
  CHECK_FALSE(percent_decode(std::string_view("%41").substr(0, 2)));
}

TEST_CASE("split_query keeps order, repetition and empty values, but no empty piece", "[api]") {
  auto parameters = split_query("a=1&&b&a=2=3&c=");
  REQUIRE(parameters.size() == 4);
  CHECK(parameters[0].value == "1");
  CHECK(parameters[1].name == "b");
  CHECK(parameters[1].value == "");
  CHECK(parameters[2].value == "2=3");
  CHECK(parameters[3].name == "c");
  CHECK(split_query("").empty());
  CHECK(split_query("&").empty());
}

TEST_CASE("without_server_parameters removes ours in any case and spelling, and touches nothing else", "[api]") {
  CHECK(without_server_parameters("a=1&upstash-delay=5s&b=%20+&qstash_token=t") == "a=1&b=%20+");
  CHECK(without_server_parameters("Upstash-Retries=1&QSTASH_TOKEN=t") == "");
  CHECK(without_server_parameters("qstash%5Ftoken=t&%75pstash-x=1&a") == "a");
  CHECK(without_server_parameters("upstash=1&my-upstash-delay=2") == "upstash=1&my-upstash-delay=2");
}
