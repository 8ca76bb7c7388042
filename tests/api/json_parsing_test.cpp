#include "http/api/json_parsing.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::http;

namespace {

std::string refusal(std::string_view text) {
  auto parsed = parse_json_object(text);
  return parsed ? "" : parsed.error().message;
}

std::string nested(int depth) {
  auto levels = static_cast<std::size_t>(depth - 1);
  return R"({"a":)" + std::string(levels, '[') + std::string(levels, ']') + "}";
}

} // namespace

TEST_CASE("A JSON body is read to its last byte, or refused", "[api]") {
  CHECK(refusal(R"( {"a":[1,-2.5e3,true,null,"ü",{}]} )").empty());
  for (std::string_view text : {"", " ", "{", "}", "{]", "{'a':1}", "{a:1}", R"({"a":1,})", R"({"a":1}x)",
                                R"({"a":1}{})", R"({"a":01})", R"({"a":NaN})", "{\"a\":\"\x01\"}", "{\"a\":\"\xff\"}",
                                R"({"a":"\ud800"})", R"({"a":"\x"})", R"({/**/})", "null,"}) {
    CAPTURE(text);
    CHECK(refusal(text) == "the body is not valid JSON");
  }
  CHECK(refusal(std::string_view("{}\0x", 4)) == "the body is not valid JSON");
}

TEST_CASE("Only an object is a body", "[api]") {
  for (auto text : {"null", "1", "\"a\"", "[]", "true"})
    CHECK(refusal(text) == "the body must be a JSON object");
}

TEST_CASE("A name twice in one object is refused, in two objects it is not", "[api]") {
  CHECK(refusal(R"({"a":1,"b":2,"a":3})") == R"(the body has "a" more than once)");
  CHECK(refusal(R"({"x":{"a":1,"\u0061":2}})") == R"(the body has "x.a" more than once)");
  CHECK(refusal(R"({"a":{"a":1},"b":[{"a":1},{"a":1}]})").empty());
}

TEST_CASE("A refused field is named by its path", "[api]") {
  auto field = [](std::string_view text) { return parse_json(text).error().field; };
  CHECK(field(R"({"a":1,"b":2,"a":3})") == "a");
  CHECK(field(R"({"a":[{},[1,{"b":{"c":1}}],{"d":1,"d":2}]})") == "a[2].d");
  CHECK(field(R"([[0,1],{"a":[{"b":1},2,1e999]}])") == "[1].a[2]");
  CHECK(field(R"([1e999])") == "[0]");
  CHECK(field("1e999") == "body");
  CHECK(field(R"({"a":)") == "body");
  CHECK(refusal(R"({"a":-1e999})") == R"("a" must be a number from -1.7976931348623157e308 to )"
                                      R"(1.7976931348623157e308, not "-1e999")");
  CHECK(refusal(R"({"a":1e-999,"b":1.7976931348623157e308})").empty());
}

TEST_CASE("Depth has a limit, and no depth ends the program", "[api]") {
  CHECK(refusal(nested(max_json_depth)).empty());
  CHECK(refusal(nested(max_json_depth + 1)) == "the body is nested more than 16 levels deep");
  for (std::string_view open : {"[", R"({"a":)"}) {
    std::string text;
    for (int level = 0; level < 300'000; ++level)
      text += open;
    CHECK(refusal(text) == "the body is nested more than 16 levels deep");
  }
}
