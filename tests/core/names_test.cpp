#include "actors/core/names.hpp"

#include <catch2/catch.hpp>

using namespace sluice;

TEST_CASE("A queue's name is 1 to 256 letters, digits, dots, hyphens and underscores", "[core]") {
  for (const auto& name : {std::string("q"), std::string("A-z_0.9"), std::string("."), std::string(256, 'q')})
    CHECK(core::check(QueueName{name}));
  for (const auto& name : {std::string(), std::string(257, 'q'), std::string("a b"), std::string("a/b"),
                           std::string("$"), std::string("\0", 1), std::string("\xc3\xbc"), std::string("a\n")}) {
    CAPTURE(name);
    auto refused = core::check(QueueName{name});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::invalid_argument);
    CHECK(refused.error().message.size() < 200);
  }
}

TEST_CASE("A schedule's id is made like a queue's name", "[core]") {
  CHECK(core::check(ScheduleId{"scd_6JLsqxLgc5n49AW58rfZPicmAZiw"}));
  CHECK(core::check(ScheduleId{std::string(256, 's')}));
  for (const auto& id : {std::string(), std::string(257, 's'), std::string("a/b"), std::string("a\r\nb")}) {
    auto refused = core::check(ScheduleId{id});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().field == "Upstash-Schedule-Id");
  }
}

TEST_CASE("A deduplication id is 1 to 256 bytes without colon and blanks", "[core]") {
  for (const auto& id : {std::string("a"), std::string("\xc3\xbc/?"), std::string(256, 'd')})
    CHECK(core::check(DeduplicationId{id}));
  for (const auto& id : {std::string(), std::string(257, 'd'), std::string("a b"), std::string("a\tb"),
                         std::string("a\0b", 3), std::string("\x7f")})
    CHECK_FALSE(core::check(DeduplicationId{id}));
  CHECK(core::check(DeduplicationId{"a:b"}).error().message == "DeduplicationId cannot contain ':'");
}
