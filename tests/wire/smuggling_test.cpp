// A request behind a doubtful one must never run.
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/wire/strict_framing.hpp"
#include "tests/wire/transcript.hpp"

using namespace sluice::test;
using namespace std::string_literals;

namespace {

const auto smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"s;
const auto chunked_smuggle = "0\r\n\r\n" + smuggled;

/// Header lines that different programs frame differently.
const std::vector<std::string> spellings = {
    "Content-Length: 5\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nContent-Length: 5",
    "Content-Length: 0\r\nTransfer-Encoding: chunked",
    "Content-Length: 0\r\nContent-Length: 5",
    "Content-Length: 5\r\nContent-Length: 5",
    "Content-Length: 5, 5",
    "Content-Length: 5,",
    "Content-Length: +5",
    "Content-Length: -5",
    "Content-Length: 0x5",
    "Content-Length: 5 5",
    "Content-Length: 5\r\n 0",
    "Content-Length : 5",
    " Content-Length: 5",
    "Content-Length: 5\r\nTransfer-Encoding: identity",
    "Content-Length: 5\r\ntransfer-encoding: CHUNKED",
    "Content-Length\t: 5",
    "Content-Length:\v5",
    "Content-Length: 5\v",
    "Content-Length: 18446744073709551621",
    "Content-Length: \"5\"",
    "Content-Length: 5;",
    "Content-Length: 5.",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: chunkedx",
    "Transfer-Encoding:chunked x",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding\t: chunked",
    " Transfer-Encoding: chunked",
    "X: y\r\n Transfer-Encoding: chunked",
    "Transfer-Encoding:\r\n chunked",
    "Transfer-Encoding: chunked\r\n ,identity",
    "Transfer-Encoding: \vchunked",
    "Transfer-Encoding: chunked\v",
    "Transfer-Encoding: \"chunked\"",
    "Transfer-Encoding: 'chunked'",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding: identity, chunked",
    "Transfer-Encoding: identity",
    "Transfer-Encoding: chunked, chunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
    "Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nTransfer-encoding: identity",
    "Transfer-Encoding: gzip",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: chunked, gzip",
    "Transfer-Encoding: chunked;foo=bar",
    "Transfer-Encoding:",
    "Transfer-Encoding: ,",
    "Transfer-Encoding: chunked,",
    "Transfer-Encoding: chunk\xc9\x99"
    "d",
    "Transfer-Encoding: \xef\xbb\xbf"
    "chunked",
    "Transfer-Encoding\0: chunked"s,
    "Transfer-Encoding: chunked\0"s,
    "X: y\rTransfer-Encoding: chunked",
    "X: y\nTransfer-Encoding: chunked",
    "X: y\n\rTransfer-Encoding: chunked",
    "X: y\r\rTransfer-Encoding: chunked",
    "X: y\0\r\nTransfer-Encoding: chunked"s,
    "Transfer_Encoding: chunked\r\nTransfer-Encoding: cow",
    "\r\rTransfer-Encoding: chunked",
    "Host: other\r\nContent-Length: 0",
};

/// Chunked bodies that different programs end in different places.
const std::vector<std::string> chunk_spellings = {
    "0\n\n",
    "0\r\n\n",
    "0\n\r\n",
    "0 \r\n\r\n",
    "+0\r\n\r\n",
    "-0\r\n\r\n",
    "0x0\r\n\r\n",
    "0;\n\r\n\r\n",
    "0;a=\"\n\"\r\n\r\n",
    "0;a\rb\r\n\r\n",
    "5\r\nhelloXX0\r\n\r\n",
    "5\r\nhello\n0\r\n\r\n",
    "5\r\nhello0\r\n\r\n",
    "5;\nhello\r\n0\r\n\r\n",
    "10000000000000000\r\n\r\n0\r\n\r\n",
    "\r\n0\r\n\r\n",
    ";\r\n0\r\n\r\n",
    "0\r\n X: y\r\n\r\n",
    "0\r\nX: y\n\r\n",
    "0\r\nX : y\r\n\r\n",
};

std::string with_headers(const std::string& lines) { return "POST /a HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n\r\n"; }

/// Replaces, inserts, removes or repeats a few bytes.
template <class Below>
void mutate(std::string& text, Below below) {
  const auto alphabet = "\r\n\t \0:;,+-05xX\"\x7f\xff"s;
  auto position = below(text.size());
  auto byte = alphabet[below(alphabet.size())];
  switch (below(4)) {
  case 0:
    text[position] = byte;
    break;
  case 1:
    text.insert(position, 1, byte);
    break;
  case 2:
    text.erase(position, 1 + below(3));
    text += 'x';
    break;
  default:
    text.insert(position, text.substr(below(text.size()), below(20)));
  }
}

bool ran_smuggled(const std::string& transcript) {
  return transcript.starts_with("GET /smuggled ") || transcript.find("\nGET /smuggled Host=h []") != std::string::npos;
}

/// Nothing but whole requests on whose ends everybody agrees.
bool is_clean(std::string_view input) {
  while (!input.empty())
    if (!skip_clean_request(input))
      return false;
  return true;
}

/// One refusal and nothing else, whole or byte by byte.
void check_refused(const std::string& input) {
  INFO(input);
  auto transcript = transcript_of(input);
  CHECK((transcript.starts_with('4') || transcript.starts_with('5')));
  CHECK(std::count(transcript.begin(), transcript.end(), '\n') == 1);
  CHECK(transcript_of(input, 1) == transcript);
}

} // namespace

TEST_CASE("RequestReader never runs a request smuggled by ambiguous headers", "[wire]") {
  for (auto& lines : spellings) {
    check_refused(with_headers(lines) + chunked_smuggle);
    check_refused(with_headers(lines) + smuggled);
    check_refused(with_headers(lines) + "hello" + smuggled);
  }
}

TEST_CASE("RequestReader never runs a request smuggled by ambiguous chunks", "[wire]") {
  for (auto& body : chunk_spellings)
    check_refused(with_headers("Transfer-Encoding: chunked") + body + smuggled);
}

TEST_CASE("RequestReader survives random mutations and reads them alike in any split", "[wire]") {
  auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  int ran = 0;
  auto below = [&](std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random); };
  const std::vector<std::string> seeds = {
      with_headers("Content-Length: 5") + "hello",
      with_headers("Transfer-Encoding: chunked") + "5;e=1\r\nhello\r\n0\r\nT: v\r\n\r\n",
      with_headers("Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close") + "ok",
  };
  for (int round = 0; round < 20'000; ++round) {
    auto first = seeds[below(seeds.size())];
    for (auto edits = 1 + below(4); edits > 0; --edits)
      mutate(first, below);
    INFO(first);
    auto transcript = transcript_of(first + smuggled);
    REQUIRE(transcript_of(first + smuggled, 1) == transcript);
    REQUIRE(transcript_of_split(first + smuggled, below(first.size())) == transcript);
    ran += ran_smuggled(transcript);
    if (ran_smuggled(transcript))
      REQUIRE(is_clean(first));
  }
  CHECK(ran > 0); // otherwise the rounds have proved nothing
}
