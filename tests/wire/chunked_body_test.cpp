#include "http/wire/chunked_body.hpp"

#include <vector>

#include <catch2/catch.hpp>

using namespace sluice::http;
using namespace std::string_literals;
using Progress = ChunkedBody::Progress;

namespace {

struct Decoded {
  Progress progress;
  std::string body;
  std::string rest;

  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view input, std::size_t piece_size = std::string_view::npos, std::size_t max_body = 100) {
  ChunkedBody chunks(max_body);
  Decoded decoded{Progress::need_more, {}, {}};
  while (decoded.progress == Progress::need_more && !input.empty()) {
    auto piece = input.substr(0, piece_size);
    input.remove_prefix(piece.size());
    decoded.progress = chunks.feed(piece, decoded.body);
    decoded.rest = std::string(piece) + std::string(input);
  }
  return decoded;
}

} // namespace

TEST_CASE("ChunkedBody joins chunks and leaves what follows them", "[wire]") {
  CHECK(decode("5\r\nhello\r\n1;a=\"b\"\r\n!\r\n0\r\n\r\nGET") == Decoded{Progress::complete, "hello!", "GET"});
  CHECK(decode("0\r\n\r\n") == Decoded{Progress::complete, "", ""});
  CHECK(decode("000A\r\n0123456789\r\n0;x\r\nT: v\r\nU:\r\n\r\n") == Decoded{Progress::complete, "0123456789", ""});
  CHECK(decode("5\r\nhel") == Decoded{Progress::need_more, "hel", ""});
}

TEST_CASE("ChunkedBody decodes the same however the input is split", "[wire]") {
  auto input = "3\r\nabc\r\nA;e=1\r\n0123456789\r\n0\r\nT: v\r\n\r\nNEXT"s;
  for (std::size_t size = 1; size <= input.size(); ++size)
    CHECK(decode(input, size) == decode(input));
}

TEST_CASE("ChunkedBody refuses malformed chunks", "[wire]") {
  std::vector<std::string> inputs = {
      "\r\n",
      "x\r\n",
      "+5\r\nhello\r\n",
      "-1\r\n",
      " 5\r\nhello\r\n",
      "5 \r\nhello\r\n",
      "5\t;a\r\nhello\r\n",
      "0x5\r\nhello\r\n",
      "5,\r\nhello\r\n",
      "5\nhello\r\n",
      "5\rhello\r\n",
      "5\r\rhello",
      "5\r\nhelloX",
      "5\r\nhello\n0\r\n\r\n",
      "5\r\nhello\r0\r\n\r\n",
      "5;a\nb\r\nhello\r\n", // bare LF in an extension
      "5;a=\"x\ny\"\r\nhello\r\n", // ... inside quotes, which Beast lets pass
      "5;a=\"x\ry\"\r\nhello\r\n",
      "5;\0\r\nhello\r\n"s,
      "10000000000000000\r\n", // 17 digits: 2^64
      "00000000000000005\r\nhello\r\n",
      "0\r\nT\r\n\r\n",
      "0\r\n: v\r\n\r\n",
      "0\r\nT : v\r\n\r\n",
      "0\r\nT: v\r\n folded\r\n\r\n",
      "0\r\nT: a\nb\r\n\r\n",
      "0\r\nT: a\rb\r\n\r\n",
      "0\r\n\n",
      "0\r\n\rX",
      "0\n\n",
  };
  for (auto& input : inputs) {
    INFO(input);
    CHECK(decode(input).progress == Progress::malformed);
    CHECK(decode(input, 1).progress == Progress::malformed);
  }
}

TEST_CASE("ChunkedBody bounds extensions and trailers", "[wire]") {
  auto extended = [](std::size_t size) { return "1;" + std::string(size, 'e') + "\r\nx\r\n0\r\n\r\n"; };
  CHECK(decode(extended(ChunkedBody::max_extension)).progress == Progress::complete);
  CHECK(decode(extended(ChunkedBody::max_extension + 1)).progress == Progress::malformed);
  CHECK(decode(extended(200'000)).progress == Progress::malformed);

  auto trailed = [](std::size_t count) {
    std::string input = "0\r\n";
    for (std::size_t i = 0; i < count; ++i)
      input += "T: 123456789\r\n";
    return input + "\r\n";
  };
  CHECK(decode(trailed(4000)).progress == Progress::complete);
  CHECK(decode(trailed(13'000)).progress == Progress::malformed);
}

TEST_CASE("ChunkedBody refuses a chunk above the limit before its data comes", "[wire]") {
  CHECK(decode("64\r\n" + std::string(100, 'x') + "\r\n0\r\n\r\n").progress == Progress::complete);
  CHECK(decode("65\r\n").progress == Progress::too_large);
  CHECK(decode("FFFFFFFFFFFFFFFF\r\n").progress == Progress::too_large);
  CHECK(decode("63\r\n" + std::string(99, 'x') + "\r\n2\r\n").progress == Progress::too_large);
}
