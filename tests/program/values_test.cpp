#include "http/program/values.hpp"

#include <catch2/catch.hpp>

using namespace sluice::program;

TEST_CASE("Bytes have binary units or none", "[program]") {
  CHECK(read_bytes("0") == 0);
  CHECK(read_bytes("65536") == 65536);
  CHECK(read_bytes("3KiB") == 3072);
  CHECK(read_bytes("16MiB") == 16 << 20);
  CHECK(read_bytes("1024TiB") == std::size_t{1} << 50);
  for (const auto* wrong : {"", "MiB", "1 MiB", "1MB", "1mib", "-1", "1.5MiB", "1025TiB", "99999999999999999999"}) {
    CAPTURE(wrong);
    CHECK_FALSE(read_bytes(wrong));
  }
}

TEST_CASE("An address to listen on is numeric and has a port", "[program]") {
  auto text = [](std::string_view given) {
    auto address = read_address(given);
    return address ? address->host + " " + std::to_string(address->port) : "refused";
  };
  CHECK(text("127.0.0.1:8080") == "127.0.0.1 8080");
  CHECK(text("0.0.0.0:0") == "0.0.0.0 0");
  CHECK(text("[::1]:80") == "::1 80");
  CHECK(text("[::]:80") == ":: 80");
  CHECK(text("localhost:80") == "127.0.0.1 80");
  for (const auto* wrong : {"", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80", "[::1]",
                            "[127.0.0.1]:80", "example.com:80", "127.1:80", "0x7f.0.0.1:80", "127.0.0.1:+80"}) {
    CAPTURE(wrong);
    CHECK(text(wrong) == "refused");
  }
}
