#include "http/program/serve_banner.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::program;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("The banner of serve shows new credentials and ends with the line that scripts wait for", "[program]") {
  auto file = CredentialFile::open("/no/such/directory", "");
  REQUIRE(file);
  ServeArguments arguments;
  arguments.data = "/d";
  auto banner = serve_banner(arguments, *file, "http://127.0.0.1:1");
  CHECK(has(banner, "store=sqlite(/d, durability=full)\n"));
  CHECK(has(banner, "First start: these are shown once and kept in /no/such/directory/credentials.env (mode 600)\n"));
  CHECK(has(banner, "\nQSTASH_URL=http://127.0.0.1:1\nQSTASH_TOKEN=" + file->credentials().token + "\n"));
  CHECK(has(banner, "\nQSTASH_NEXT_SIGNING_KEY=" + file->credentials().signing_keys.next + "\n"));
  CHECK(has(banner, "\nTry it:  . /no/such/directory/credentials.env && curl "));
  CHECK(banner.ends_with("\nsluice is running at http://127.0.0.1:1\n"));
}

TEST_CASE("The banner of serve does not show a token that was given", "[program]") {
  auto file = CredentialFile::open("/no/such/directory", "secret");
  REQUIRE(file);
  auto banner = serve_banner({}, *file, "http://127.0.0.1:1");
  CHECK_FALSE(has(banner, "secret"));
  CHECK_FALSE(has(banner, "QSTASH_TOKEN"));
  CHECK(has(banner, "Token: the one that was given; it is not kept\n"));
}

TEST_CASE("The URL of the banner can be used on this machine", "[program]") {
  CHECK(url_of("127.0.0.1", 80) == "http://127.0.0.1:80");
  CHECK(url_of("0.0.0.0", 80) == "http://127.0.0.1:80");
  CHECK(url_of("::", 80) == "http://[::1]:80");
  CHECK(url_of("192.0.2.1", 80) == "http://192.0.2.1:80");
}
