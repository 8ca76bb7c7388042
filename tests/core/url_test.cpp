#include "actors/core/url.hpp"

#include <catch2/catch.hpp>

namespace core = sluice::core;
using core::parse_url;

namespace {

struct Good {
  std::string text, host, authority, target;
  std::uint16_t port;
};

std::string why(const std::string& text) {
  auto url = parse_url(text);
  return url ? "accepted" : url.error().message;
}

} // namespace

TEST_CASE("A destination url is split and kept as it was written", "[core]") {
  auto url = GENERATE(
      Good{"http://ex.com", "ex.com", "ex.com", "/", 80}, Good{"https://ex.com", "ex.com", "ex.com", "/", 443},
      Good{"HTTPS://Ex.COM/A%2fb", "ex.com", "Ex.COM", "/A%2fb", 443},
      Good{"https://ex.com?x=1", "ex.com", "ex.com", "/?x=1", 443},
      Good{"http://ex.com/?", "ex.com", "ex.com", "/?", 80},
      Good{"http://ex.com:80/a", "ex.com", "ex.com:80", "/a", 80},
      Good{"http://ex.com:65535", "ex.com", "ex.com:65535", "/", 65535},
      Good{"http://127.0.0.1:1/x", "127.0.0.1", "127.0.0.1:1", "/x", 1},
      Good{"http://127.0.0.1.nip.io/", "127.0.0.1.nip.io", "127.0.0.1.nip.io", "/", 80},
      Good{"http://1.2.3.4.example.com/x", "1.2.3.4.example.com", "1.2.3.4.example.com", "/x", 80},
      Good{"http://10.0.0.1example.com/", "10.0.0.1example.com", "10.0.0.1example.com", "/", 80},
      Good{"http://[::1]/", "::1", "[::1]", "/", 80},
      Good{"https://[2001:DB8::A]:8443?q", "2001:db8::a", "[2001:DB8::A]:8443", "/?q", 8443},
      Good{"http://[::ffff:127.0.0.1]:9/", "::ffff:127.0.0.1", "[::ffff:127.0.0.1]:9", "/", 9},
      Good{"http://a_b.ex.com./x", "a_b.ex.com.", "a_b.ex.com.", "/x", 80},
      Good{"http://ex.com//a/../b//?u=http://other:1/@", "ex.com", "ex.com", "//a/../b//?u=http://other:1/@", 80},
      Good{"http://ex.com/%zz?a=%", "ex.com", "ex.com", "/%zz?a=%", 80});
  CAPTURE(url.text);
  auto parsed = parse_url(url.text);
  REQUIRE(parsed);
  CHECK(parsed->host == url.host);
  CHECK(parsed->port == url.port);
  CHECK(parsed->authority == url.authority);
  CHECK(parsed->target == url.target);
  CHECK((parsed->scheme == core::Scheme::https) == (url.text[4] == 's' || url.text[4] == 'S'));
}

TEST_CASE("A destination url without http or https is refused with the documented text", "[core]") {
  auto text = GENERATE("", "ex.com", "ftp://ex.com", "http:/ex.com", "http//ex.com", "https", "file:///etc/passwd",
                       "javascript:alert(1)", " http://ex.com", "//ex.com", "httpss://ex.com");
  CAPTURE(text);
  CHECK(why(text) == "invalid destination url: endpoint has invalid scheme, add http:// or https://");
}

TEST_CASE("A destination url that readers could understand differently is refused", "[core]") {
  auto text = GENERATE(
      as<std::string>{}, "http://", "http:///x", "http://?x", "http://:80/", "http://user@ex.com/",
      "http://user:pw@ex.com/", "http://good.com@evil.com/", "http://good.com:80@evil.com",
      "http://ex.com:", "http://ex.com:0", "http://ex.com:65536", "http://ex.com:99999", "http://ex.com:-1",
      "http://ex.com:+80", "http://ex.com:8a", "http://ex.com: 80", "http://ex.com:80:81", "http://ex.com/#f",
      "http://ex.com#f", "http://ex.com\\@evil.com", "http://ex.com/a\\b", "http://ex.com/a b", "http://ex .com",
      "http://ex.com/\t", "http://ex.com/a\r\nX: y", "http://ex.com/\n", "http://ex.com/\x7f", "http://ex.com/\xc3\xa9",
      "http://\xc3\xa9.com", "http://%65x.com/", "http://%zz/", "http://ex,com/", "http://ex;com", "http://a!b/",
      "http://[::1", "http://::1/", "http://[]/", "http://[1.2.3.4]/", "http://[::1]x/", "http://[::1%25eth0]/",
      "http://[g::1]/", "http://[::1]]/", "http://a[::1]/", std::string("http://ex.com/\0", 15),
      "http://" + std::string(256, 'a') + "/", "http://ex.com/" + std::string(9000, 'a'));
  CAPTURE(text);
  CHECK_THAT(why(text), Catch::StartsWith("invalid destination url: ") && !Catch::Contains("scheme"));
}
