#include "actors/core/characters.hpp"

#include <catch2/catch.hpp>

using namespace sluice::core;

TEST_CASE("equals_ignoring_case ignores the case of ASCII letters only", "[core]") {
  CHECK(equals_ignoring_case("Retry-After", "rETRY-aFTER"));
  CHECK(equals_ignoring_case("", ""));
  CHECK_FALSE(equals_ignoring_case("rate", "rates"));
  CHECK_FALSE(equals_ignoring_case("@[`{", "`{@["));
  CHECK_FALSE(equals_ignoring_case("\xc3\xa9", "\xc3\x89"));
}

TEST_CASE("trim_blanks drops blanks and tabs at both ends", "[core]") {
  CHECK(trim_blanks(" \t a b\t ") == "a b");
  CHECK(trim_blanks(" \t ").empty());
  CHECK(trim_blanks("").empty());
  CHECK(trim_blanks("\na\r") == "\na\r");
}
