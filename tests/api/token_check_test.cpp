#include "http/api/token_check.hpp"

#include <catch2/catch.hpp>

#include <string>

using sluice::http::TokenCheck;

TEST_CASE("TokenCheck accepts exactly its token", "[api]") {
  TokenCheck check{"secret"};
  CHECK(check.matches("secret"));
  for (std::string_view other : {"", "secre", "secrets", "Secret", "secret ", "tecret"})
    CHECK_FALSE(check.matches(other));
  CHECK_FALSE(check.matches(std::string_view("secret\0", 7)));
  CHECK_FALSE(check.matches(std::string(60'000, 's')));
  CHECK(check.matches("secret"));
}
