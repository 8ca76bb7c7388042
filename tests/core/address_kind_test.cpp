#include "actors/core/address_kind.hpp"

#include <catch2/catch.hpp>

using namespace sluice::core;
using Kind = AddressKind;

namespace {

struct Row {
  std::string_view text;
  Kind kind;
};

// Each range with its first and last address, and the neighbours outside of it.
constexpr Row ipv4_rows[] = {
    {"0.0.0.0", Kind::unspecified},
    {"0.0.0.1", Kind::unspecified},
    {"0.255.255.255", Kind::unspecified},
    {"1.0.0.0", Kind::global},
    {"1.1.1.1", Kind::global},
    {"8.8.8.8", Kind::global},
    {"9.255.255.255", Kind::global},
    {"10.0.0.0", Kind::private_use},
    {"10.255.255.255", Kind::private_use},
    {"11.0.0.0", Kind::global},
    {"100.63.255.255", Kind::global},
    {"100.64.0.0", Kind::shared},
    {"100.100.100.200", Kind::shared},
    {"100.127.255.255", Kind::shared},
    {"100.128.0.0", Kind::global},
    {"126.255.255.255", Kind::global},
    {"127.0.0.0", Kind::loopback},
    {"127.0.0.1", Kind::loopback},
    {"127.255.255.255", Kind::loopback},
    {"128.0.0.0", Kind::global},
    {"168.63.129.15", Kind::global},
    {"168.63.129.16", Kind::link_local},
    {"169.253.255.255", Kind::global},
    {"169.254.0.0", Kind::link_local},
    {"169.254.169.254", Kind::link_local},
    {"169.254.255.255", Kind::link_local},
    {"169.255.0.0", Kind::global},
    {"172.15.255.255", Kind::global},
    {"172.16.0.0", Kind::private_use},
    {"172.31.255.255", Kind::private_use},
    {"172.32.0.0", Kind::global},
    {"192.0.0.0", Kind::reserved},
    {"192.0.0.192", Kind::reserved},
    {"192.0.0.255", Kind::reserved},
    {"192.0.1.0", Kind::global},
    {"192.0.2.1", Kind::reserved},
    {"192.88.99.1", Kind::reserved},
    {"192.167.255.255", Kind::global},
    {"192.168.0.0", Kind::private_use},
    {"192.168.255.255", Kind::private_use},
    {"192.169.0.0", Kind::global},
    {"198.17.255.255", Kind::global},
    {"198.18.0.0", Kind::reserved},
    {"198.19.255.255", Kind::reserved},
    {"198.20.0.0", Kind::global},
    {"198.51.100.7", Kind::reserved},
    {"203.0.113.7", Kind::reserved},
    {"223.255.255.255", Kind::global},
    {"224.0.0.0", Kind::multicast},
    {"239.255.255.255", Kind::multicast},
    {"240.0.0.0", Kind::reserved},
    {"255.255.255.254", Kind::reserved},
    {"255.255.255.255", Kind::broadcast},
};

constexpr Row ipv6_rows[] = {
    {"::", Kind::unspecified},
    {"::1", Kind::loopback},
    {"0:0:0:0:0:0:0:1", Kind::loopback},
    {"::2", Kind::unspecified}, // As a compatible address, 0.0.0.2.
    {"100::1", Kind::reserved},
    {"1fff:ffff::", Kind::reserved},
    {"2000::", Kind::global},
    {"2001:2::1", Kind::reserved},
    {"2001:10::1", Kind::reserved},
    {"2001:1ff:ffff::", Kind::reserved},
    {"2001:200::", Kind::global},
    {"2001:db7:ffff::", Kind::global},
    {"2001:db8::1", Kind::reserved},
    {"2001:DB8:FFFF::1", Kind::reserved},
    {"2001:db9::", Kind::global},
    {"2001:4860:4860::8888", Kind::global},
    {"2606:4700:4700::1111", Kind::global},
    {"3ffe:ffff::", Kind::global},
    {"3fff::", Kind::reserved},
    {"3fff:fff:ffff::", Kind::reserved},
    {"3fff:1000::", Kind::global},
    {"3fff:ffff::", Kind::global},
    {"4000::", Kind::reserved},
    {"5f00::1", Kind::reserved},
    {"fbff:ffff::", Kind::reserved},
    {"fc00::", Kind::unique_local},
    {"fd00:ec2::254", Kind::unique_local},
    {"fdff:ffff::", Kind::unique_local},
    {"fe00::", Kind::reserved},
    {"fe80::1", Kind::link_local},
    {"fe80::1%eth0", Kind::link_local},
    {"febf:ffff::", Kind::link_local},
    {"fec0::1", Kind::private_use},
    {"feff:ffff::", Kind::private_use},
    {"ff00::", Kind::multicast},
    {"ff02::1%2", Kind::multicast},
};

constexpr Row embedded_rows[] = {
    {"::ffff:127.0.0.1", Kind::loopback},
    {"::ffff:7f00:1", Kind::loopback},
    {"0:0:0:0:0:ffff:10.0.0.1", Kind::private_use},
    {"::FFFF:169.254.169.254", Kind::link_local},
    {"::ffff:0.0.0.0", Kind::unspecified},
    {"::ffff:8.8.8.8", Kind::global},
    {"::127.0.0.1", Kind::loopback},
    {"::7f00:1", Kind::loopback},
    {"::192.168.1.1", Kind::private_use},
    {"::8.8.8.8", Kind::reserved},
    {"::ffff:0:127.0.0.1", Kind::reserved}, // RFC 2765, translated.
    {"64:ff9b::127.0.0.1", Kind::loopback},
    {"64:ff9b::a9fe:a9fe", Kind::link_local},
    {"64:ff9b::10.1.2.3", Kind::private_use},
    {"64:ff9b::8.8.8.8", Kind::global},
    {"64:ff9b::1:0:0", Kind::reserved},
    {"64:ff9b:1::10.1.2.3", Kind::reserved},
    {"64:ff9b:1:ffff::8.8.8.8", Kind::reserved},
    {"64:ff9b:2::8.8.8.8", Kind::reserved},
    {"2002:7f00:1::", Kind::loopback},
    {"2002:a9fe:a9fe::1", Kind::link_local},
    {"2002:c0a8:101::1", Kind::private_use},
    {"2002:808:808::1", Kind::global},
    {"2001:0:7f00:1::f7f7:f7f7", Kind::loopback}, // Through a relay at 127.0.0.1.
    {"2001:0:808:808::80ff:fffe", Kind::loopback}, // To 127.0.0.1.
    {"2001:0:808:808:8000:63bf:3f57:fefe", Kind::private_use}, // To 192.168.1.1.
    {"2001:0:808:808::f7f7:f7f7", Kind::global},
};

template <std::size_t size>
void check_rows(const Row (&rows)[size]) {
  for (const auto& row : rows) {
    CAPTURE(row.text);
    auto address = parse_ip_address(row.text);
    REQUIRE(address);
    CHECK(describe(classify(*address)) == describe(row.kind));
  }
}

} // namespace

TEST_CASE("IPv4 addresses are classified by IANA's registry", "[core]") { check_rows(ipv4_rows); }

TEST_CASE("IPv6 addresses are classified by IANA's registry", "[core]") { check_rows(ipv6_rows); }

TEST_CASE("An address that leads to an IPv4 address is judged by that one", "[core]") { check_rows(embedded_rows); }

TEST_CASE("An IPv4 address is of one kind, mapped or not", "[core]") {
  for (const auto& row : ipv4_rows) {
    CAPTURE(row.text);
    auto address = parse_ip_address("::ffff:" + std::string(row.text));
    REQUIRE(address);
    CHECK(address == parse_ip_address(row.text));
    CHECK(classify(*address) == row.kind);
  }
}
