#include "actors/core/outgoing_check.hpp"

#include <catch2/catch.hpp>

namespace core = sluice::core;
using sluice::Headers;

TEST_CASE("Headers that would inject bytes are refused", "[core]") {
  auto name = GENERATE(as<std::string>{}, "", "a b", "a:", "a\r\nInjected", "a\n", std::string("a\0b", 3), "\xc3\xa9",
                       "a\x7f", "(a)");
  CAPTURE(name);
  CHECK_FALSE(core::check_outgoing({{"Good", "1"}, {name, "x"}}));
  auto value =
      GENERATE(as<std::string>{}, "a\r\nInjected: 1", "a\n", "\r", std::string("a\0", 2), "a\x01", "a\x7f", "\x1b[2J");
  CAPTURE(value);
  auto refused = core::check_outgoing({{"Good", "1"}, {"X-A", value}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().field == "X-A");
  CHECK(refused.error().code == sluice::ErrorCode::invalid_argument);
}

TEST_CASE("The error about a header carries none of its control bytes on", "[core]") {
  auto refused = core::check_outgoing({{"a\r\nb\xff", "x"}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().field == "a??b?");
}

TEST_CASE("Ordinary headers may go out, with tabs and bytes beyond ASCII in their values", "[core]") {
  CHECK(core::check_outgoing({}));
  CHECK(core::check_outgoing({{"X-Empty", ""}, {"x!#$%&'*+-.^_`|~9", "a\tb \xc3\xa9 \xff"}}));
}

TEST_CASE("A target that would inject bytes is refused", "[core]") {
  CHECK(core::check_outgoing_target("/a?b=c%20d"));
  auto target = GENERATE(as<std::string>{}, "", "a", "/a b", "/a\r\nX: y", "/#", "/\xff", std::string("/\0", 2));
  CHECK_FALSE(core::check_outgoing_target(target));
}

TEST_CASE("The names of the transport, of the signature and of sluice are reserved", "[core]") {
  auto name = GENERATE(as<std::string>{}, "Host", "content-length", "Transfer-Encoding", "CONNECTION", "Keep-Alive",
                       "Proxy-Authorization", "proxy-connection", "TE", "Trailer", "Upgrade", "Expect");
  CAPTURE(name);
  CHECK(core::belongs_to_transport(name));
  CHECK(core::is_reserved_outgoing(name));
}

TEST_CASE("Upstash names and User-Agent are reserved, but they are not the transport's", "[core]") {
  auto name =
      GENERATE(as<std::string>{}, "Upstash-Signature", "upstash-message-id", "UPSTASH-", "User-Agent", "sluice-hops");
  CAPTURE(name);
  CHECK(core::is_reserved_outgoing(name));
  CHECK_FALSE(core::belongs_to_transport(name));
}

TEST_CASE("Other names are free for users", "[core]") {
  auto name = GENERATE(as<std::string>{}, "Authorization", "Content-Type", "Upstash", "X-Upstash-A", "Hosts", "Proxy",
                       "Trailers", "");
  CAPTURE(name);
  CHECK_FALSE(core::is_reserved_outgoing(name));
}
