#include "actors/core/address_policy.hpp"

#include <catch2/catch.hpp>

using namespace sluice::core;

namespace {

bool permits(std::string_view allowed, std::string_view address) {
  auto policy = parse_allow_list(allowed);
  REQUIRE(policy);
  return policy->permits(parse_ip_address(address).value());
}

std::string why_not(std::string_view allowed) {
  auto policy = parse_allow_list(allowed);
  REQUIRE_FALSE(policy);
  CHECK(policy.error().code == sluice::ErrorCode::invalid_argument);
  CHECK(policy.error().field == "allow_destinations");
  return policy.error().message;
}

constexpr std::string_view nearby[] = {"0.0.0.0",
                                       "10.1.2.3",
                                       "100.64.0.1",
                                       "127.0.0.1",
                                       "169.254.169.254",
                                       "192.0.2.1",
                                       "224.0.0.1",
                                       "240.0.0.1",
                                       "255.255.255.255",
                                       "::",
                                       "::1",
                                       "fc00::1",
                                       "fe80::1",
                                       "ff02::1",
                                       "2001:db8::1",
                                       "::ffff:127.0.0.1",
                                       "64:ff9b::10.0.0.1",
                                       "2002:7f00:1::",
                                       "::127.0.0.1"};

} // namespace

TEST_CASE("An empty list permits public addresses only", "[core]") {
  for (auto list : {"", " ", "\t"}) {
    CHECK(permits(list, "8.8.8.8"));
    CHECK(permits(list, "2606:4700:4700::1111"));
    for (auto address : nearby) {
      CAPTURE(address);
      CHECK_FALSE(permits(list, address));
    }
  }
  CHECK_FALSE(AddressPolicy{}.permits(parse_ip_address("127.0.0.1").value()));
}

TEST_CASE("`private` permits everything", "[core]") {
  for (auto list : {"private", "10.0.0.0/8, private", "0.0.0.0/0,::/0"}) {
    CHECK(permits(list, "8.8.8.8"));
    for (auto address : nearby) {
      CAPTURE(address);
      CHECK(permits(list, address));
    }
  }
}

TEST_CASE("A range permits its addresses and no others", "[core]") {
  constexpr std::string_view list = " 10.1.0.0/16,fd00:1::/33 , 127.0.0.2,\t::1/128, 192.168.4.0/22";
  for (auto address : {"10.1.0.0", "10.1.255.255", "::ffff:10.1.2.3", "fd00:1::1", "fd00:1:7fff::", "127.0.0.2", "::1",
                       "192.168.4.0", "192.168.7.255", "8.8.8.8"}) {
    CAPTURE(address);
    CHECK(permits(list, address));
  }
  for (auto address : {"10.0.255.255", "10.2.0.0", "fd00:1:8000::", "fd00::1", "127.0.0.1", "127.0.0.3", "::2",
                       "192.168.3.255", "192.168.8.0", "::10.1.0.1", "64:ff9b::10.1.0.1", "2002:a01:1::"}) {
    CAPTURE(address);
    CHECK_FALSE(permits(list, address));
  }
}

TEST_CASE("A range of IPv6 has no IPv4 address in it", "[core]") {
  CHECK_FALSE(permits("::/0", "127.0.0.1"));
  CHECK_FALSE(permits("::/0", "::ffff:127.0.0.1"));
  CHECK_FALSE(permits("0.0.0.0/0", "::1"));
  CHECK(permits("::/0", "::1"));
  CHECK(permits("::ffff:127.0.0.0/104", "127.0.0.1"));
  CHECK(permits("::ffff:0:0/96", "127.0.0.1"));
}

TEST_CASE("A list that is not understood is refused with the entry at fault", "[core]") {
  for (std::string_view list :
       {",", "10.0.0.0/8,", ",10.0.0.0/8", "Private", "public", "localhost", "10/8", "10.0.0/8", "0x0a.0.0.0/8",
        "010.0.0.0/8", "256.0.0.0/8", "[::1]", "fe80::1%eth0", "fe80::%1/64", "*", "/8"}) {
    CAPTURE(list);
    CHECK_THAT(why_not(list), Catch::Contains("is neither \"private\" nor an address or range"));
  }
  for (std::string_view list : {"10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.0/255.0.0.0",
                                "10.0.0.0/a", "10.0.0.0/8;::1", "10.0.0.0/8 ::1", "10.0.0.0/99999999999999999999"}) {
    CAPTURE(list);
    CHECK_THAT(why_not(list), Catch::Contains("must have a prefix length of 0 to 32"));
  }
  CHECK_THAT(why_not("fd00::/129"), Catch::Contains("must have a prefix length of 0 to 128"));
  CHECK(why_not("::1,bad\r\nX: y") ==
        "allowed destinations: \"bad??X: y\" is neither \"private\" nor an address or range such as 10.0.0.0/8 or "
        "fd00::/8");
}

TEST_CASE("A range with bits beyond its prefix is refused, and told what it would be", "[core]") {
  CHECK(why_not("10.0.0.1/8") ==
        "allowed destinations: \"10.0.0.1/8\" has bits set beyond its prefix; the range is 10.0.0.0/8");
  CHECK_THAT(why_not("127.0.0.1/0"), Catch::Contains("the range is 0.0.0.0/0"));
  CHECK_THAT(why_not("192.168.5.0/22"), Catch::Contains("the range is 192.168.4.0/22"));
  CHECK_THAT(why_not("fd00::1/64"), Catch::Contains("the range is fd00::/64"));
  CHECK_THAT(why_not("fd00:0:0:8000::/48"), Catch::Contains("the range is fd00::/48"));
  CHECK_THAT(why_not("::ffff:10.1.0.0/104"), Catch::Contains("the range is 10.0.0.0/8"));
}
