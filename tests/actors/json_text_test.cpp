#include "actors/json_text.hpp"

#include <catch2/catch.hpp>

using namespace sluice;

TEST_CASE("quoted_json escapes what JSON does not allow as it is", "[actors]") {
  CHECK(quoted_json("plain \xc3\xbc") == "\"plain \xc3\xbc\"");
  CHECK(quoted_json("\"\\\n\x01") == R"("\"\\\n\u0001")");
  CHECK(quoted_json("\b\f\r\t\x1f\x7f") == "\"\\b\\f\\r\\t\\u001f\x7f\"");
  CHECK(quoted_json("a\xff") == "\"a\xef\xbf\xbd\"");
}

TEST_CASE("quoted_json escapes wherever it is needed in a long text", "[actors]") {
  for (std::size_t at = 0; at < 200; ++at) {
    CAPTURE(at);
    std::string plain(200, 'x');
    CHECK(quoted_json(plain.replace(at, 1, "\"")) ==
          '"' + std::string(at, 'x') + R"(\")" + std::string(199 - at, 'x') + '"');
    CHECK(quoted_json(plain.replace(at, 1, "\xff")) ==
          '"' + std::string(at, 'x') + "\xef\xbf\xbd" + std::string(199 - at, 'x') + '"');
  }
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
