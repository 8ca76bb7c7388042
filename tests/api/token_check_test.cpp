#include "http/api/token_check.hpp"

#include <catch2/catch.hpp>

#include <string>

using sluice::http::Access;
using sluice::http::TokenCheck;

TEST_CASE("TokenCheck accepts exactly its token", "[api]") {
  TokenCheck check{"secret"};
  CHECK(check.access("secret") == Access::all);
  for (std::string_view other : {"", "secre", "secrets", "Secret", "secret ", "tecret"})
    CHECK(check.access(other) == Access::none);
  CHECK(check.access(std::string_view("secret\0", 7)) == Access::none);
  CHECK(check.access(std::string(60'000, 's')) == Access::none);
  CHECK(check.access("secret") == Access::all);
}

TEST_CASE("TokenCheck tells its two tokens apart", "[api]") {
  TokenCheck check{"secret", "look"};
  CHECK(check.access("secret") == Access::all);
  CHECK(check.access("look") == Access::read);
  for (std::string_view other : {"", "secretlook", "Look", "loo"})
    CHECK(check.access(other) == Access::none);
}
