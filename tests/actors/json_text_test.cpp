#include "actors/json_text.hpp"

#include <catch2/catch.hpp>

using namespace sluice;

TEST_CASE("quoted_json escapes what JSON does not allow as it is", "[actors]") {
  CHECK(quoted_json("plain \xc3\xbc") == "\"plain \xc3\xbc\"");
  CHECK(quoted_json("\"\\\n\x01") == R"("\"\\\u000a\u0001")");
  CHECK(quoted_json("a\xff") == "\"a\xef\xbf\xbd\"");
}

TEST_CASE("JsonObject puts its parts in order", "[actors]") {
  JsonObject json;
  CHECK(JsonObject{}.finish() == "{}");
  json.number("n", -1);
  json.text("t", "x");
  json.headers("h", {{"b-a", "1"}, {"A", "2"}, {"B-A", "3"}});
  json.headers("none", {});
  CHECK(std::move(json).finish() == R"({"n":-1,"t":"x","h":{"A":["2"],"B-A":["1","3"]},"none":{}})");
}
