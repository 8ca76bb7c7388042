#include "actors/core/ip_address.hpp"

#include <catch2/catch.hpp>

using namespace sluice::core;

namespace {

std::string known(std::string_view host) {
  std::string text;
  for (const auto& address : known_addresses(host))
    text += (text.empty() ? "" : " ") + to_text(address);
  return text;
}

} // namespace

TEST_CASE("An address is read strictly and written shortly", "[core]") {
  CHECK(to_text(parse_ip_address("192.0.2.1").value()) == "192.0.2.1");
  CHECK(to_text(parse_ip_address("::ffff:192.0.2.1").value()) == "192.0.2.1");
  CHECK(to_text(parse_ip_address("2001:DB8:0:0::00A").value()) == "2001:db8::a");
  CHECK(to_text(parse_ip_address("fe80::1%eth0").value()) == "fe80::1");
  for (std::string_view text :
       {"", "1.2.3", "1.2.3.4.5", "127.1", "0x7f.0.0.1", "1.2.3.256", "1.2.3.4 ", "1.2.3.4%eth0", "[::1]",
        "::1::", "g::1", "1:2:3", ":", "localhost", "::1/128", "%eth0"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_ip_address(text));
  }
  CHECK_FALSE(parse_ip_address(std::string_view("127.0.0.1\0", 10)));
}

TEST_CASE("127.0.0.1 is known in every spelling that resolvers take", "[core]") {
  auto host = GENERATE(as<std::string>{}, "127.0.0.1", "127.0.0.1.", "127.0.1", "127.1", "2130706433", "0x7f.0.0.1",
                       "0x7f.0.1", "0x7f.1", "0x7f000001", "0x07f000001", "0x0000007f000001", "0x7f.0x0.0x0.0x1",
                       "0x7f.00.0.01", "0177.0.0.1", "0177.0.0.01", "0177.0.1", "0177.1", "00177.1", "0000000177.0.0.1",
                       "017700000001", "0017700000001", "127.0x1", "127.00001", "127.0x000000001", "0177.0x1",
                       "0x7f.01", "127.0.0x1", "127.000.000.001", "127.1.", "0x7f.1.", "2130706433.", "017700000001.",
                       "0x7f000001.", "::ffff:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:ffff:7f00:1",
                       "0000:0000:0000:0000:0000:ffff:127.0.0.1", "::ffff:7f00:0001");
  CAPTURE(host);
  CHECK(known(host) == "127.0.0.1");
}

TEST_CASE("Other addresses are known in every spelling, too", "[core]") {
  auto [host, address] = GENERATE(table<std::string, std::string>({{"0", "0.0.0.0"},
                                                                   {"0x0", "0.0.0.0"},
                                                                   {"00", "0.0.0.0"},
                                                                   {"0.0", "0.0.0.0"},
                                                                   {"127.65535", "127.0.255.255"},
                                                                   {"127.0.65535", "127.0.255.255"},
                                                                   {"2852039166", "169.254.169.254"},
                                                                   {"0xa9fea9fe", "169.254.169.254"},
                                                                   {"0xa9.0xfe.0xa9.0xfe", "169.254.169.254"},
                                                                   {"0251.0376.0251.0376", "169.254.169.254"},
                                                                   {"169.254.43518", "169.254.169.254"},
                                                                   {"169.16689662", "169.254.169.254"},
                                                                   {"10.1", "10.0.0.1"},
                                                                   {"012.1", "10.0.0.1"},
                                                                   {"192.168.257", "192.168.1.1"},
                                                                   {"4294967295", "255.255.255.255"},
                                                                   {"::", "::"},
                                                                   {"::1", "::1"},
                                                                   {"0:0::0:1", "::1"},
                                                                   {"::127.0.0.1", "::127.0.0.1"},
                                                                   {"64:ff9b::7f00:1", "64:ff9b::7f00:1"}}));
  CAPTURE(host);
  CHECK(known(host) == address);
}

TEST_CASE("localhost and the names below it are known", "[core]") {
  auto host = GENERATE(as<std::string>{}, "localhost", "localhost.", "a.localhost", "a.b.localhost", "a.localhost.");
  CAPTURE(host);
  CHECK(known(host) == "::1 127.0.0.1");
}

TEST_CASE("What an ordinary name leads to is not known", "[core]") {
  auto host = GENERATE(as<std::string>{}, "ex.com", "127.0.0.1.nip.io", "1.2.3.4.example.com", "10.0.0.1example.com",
                       "localhost.ex.com", "notlocalhost", "localhost-", "256.0.0.1", "1.2.3.4.5", "127.0.0.1..",
                       "4294967296", "0x1ffffffff", "127.0.0.256", "127.16777216", "08", "0x", "0xg", "a", ".", "-",
                       "127..", "127..1", "x7f.1", "7f.0.0.1");
  CAPTURE(host);
  CHECK(known(host).empty());
}
