#include "actors/encoding.hpp"

#include <catch2/catch.hpp>

using namespace sluice;

TEST_CASE("is_utf8 accepts every well-formed sequence", "[actors]") {
  for (std::string_view text : {"", "plain", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                                "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80z"})
    CHECK(is_utf8(text));
  CHECK(is_utf8(std::string_view("a\0b", 3)));
}

TEST_CASE("is_utf8 refuses overlong forms, surrogates, too large values and cut sequences", "[actors]") {
  for (std::string_view text : {"\x80",
                                "\xbf",
                                "\xc0\x80",
                                "\xc1\xbf",
                                "\xc2",
                                "\xc2\x7f",
                                "\xc2\xc0",
                                "\xe0\x80\x80",
                                "\xe0\x9f\xbf",
                                "\xe2\x82",
                                "\xe2\x82\x7f",
                                "\xed\xa0\x80",
                                "\xed\xbf\xbf",
                                "\xf0\x80\x80\x80",
                                "\xf0\x8f\xbf\xbf",
                                "\xf0\x9f\x98",
                                "\xf4\x90\x80\x80",
                                "\xf5\x80\x80\x80",
                                "\xff",
                                "ok\xc3"})
    for (std::size_t before : {0, 1, 7, 8, 9}) {
      CHECK_FALSE(is_utf8(std::string(before, 'x').append(text)));
      CHECK_FALSE(is_utf8(std::string(before, 'x').append(text).append("plain text")));
    }
}

TEST_CASE("base64 pads and uses the standard alphabet", "[actors]") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("\xfb\xff\xfe") == "+//+");
  CHECK(base64(std::string(300, 'x')).size() == 400);
}

TEST_CASE("canonical_name writes a header as Go does", "[actors]") {
  CHECK(canonical_name("content-type") == "Content-Type");
  CHECK(canonical_name("BYPASS-TUNNEL-REMINDER") == "Bypass-Tunnel-Reminder");
  CHECK(canonical_name("x--y1-z") == "X--Y1-Z");
  CHECK(canonical_name("not a token") == "not a token");
}
