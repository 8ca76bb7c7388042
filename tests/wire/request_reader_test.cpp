#include "http/wire/request_reader.hpp"

#include <vector>

#include <catch2/catch.hpp>

#include "tests/wire/transcript.hpp"

using namespace sluice::http;
using namespace sluice::test;
using namespace std::string_literals;

namespace {

const auto second = "GET /second HTTP/1.1\r\nHost: h\r\n\r\n"s;

std::string post(const std::string& headers, const std::string& body) {
  return "POST /v2/publish/https://ex.com//a?b=c HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n" + body;
}

const std::vector<std::string> well_formed = {
    second,
    post("Content-Length: 5\r\n", "hello"),
    post("Content-Length: 0\r\n", ""),
    post("Expect: 100-continue\r\nContent-Length: 5\r\n", "hello"),
    post("Transfer-Encoding: chunked\r\n", "5;a=b\r\nhello\r\n3\r\nabc\r\n0\r\nT: v\r\n\r\n"),
    post("X-Empty:\r\nX-Blank: \t a  b \t\r\n", ""),
    "GET / HTTP/1.0\r\n\r\n",
    "HEAD / HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n",
};

} // namespace

TEST_CASE("RequestReader reads method, target, headers and body", "[wire]") {
  CHECK(transcript_of(post("Content-Length: 5\r\nX: \t a b \r\n", "hello")) ==
        "POST /v2/publish/https://ex.com//a?b=c Host=h Content-Length=5 X=a b [hello]\n");
  CHECK(transcript_of(post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n")) ==
        "POST /v2/publish/https://ex.com//a?b=c Host=h Transfer-Encoding=chunked [hello!]\n");
  CHECK(transcript_of("GET /a HTTP/1.0\r\n\r\n") == "GET /a [] close\n");
  CHECK(transcript_of(post("Content-Length: 5\r\n", "hell")) == "more\n");
}

TEST_CASE("RequestReader reads the same however the bytes are split", "[wire]") {
  auto inputs = well_formed;
  for (auto& first : well_formed)
    inputs.push_back(first + second + first);
  inputs.push_back(post("Transfer-Encoding: chunked\r\n", "5\nhello\r\n0\r\n\r\n"));
  inputs.push_back("GET / HTTP/1.1\nHost: h\r\n\r\n");
  inputs.push_back("GET / HTTP/1.1\r\nHost: h\r\nX : y\r\n\r\n" + second);
  inputs.push_back("\r\n" + second);
  for (auto& input : inputs) {
    INFO(input);
    auto whole = transcript_of(input);
    for (std::size_t position = 0; position <= input.size(); ++position)
      REQUIRE(transcript_of_split(input, position) == whole);
    REQUIRE(transcript_of(input, 1) == whole);
  }
}

TEST_CASE("RequestReader keeps the bytes of pipelined requests", "[wire]") {
  std::string input;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    auto body = std::to_string(i);
    input +=
        "POST /" + body + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    expected += "POST /" + body + " Host=h Content-Length=" + std::to_string(body.size()) + " [" + body + "]\n";
  }
  CHECK(transcript_of(input) == expected);
  CHECK(transcript_of(input, 777) == expected);
}

TEST_CASE("RequestReader keeps views valid while a large body passes through", "[wire]") {
  std::string body(300'000, 'b');
  std::string value(3'900, 'v');
  auto input = "POST /t HTTP/1.1\r\nHost: h\r\nX: " + value + "\r\nContent-Length: 300000\r\n\r\n" + body;
  auto expected = "POST /t Host=h X=" + value + " Content-Length=300000 [" + body + "]\n";
  CHECK((transcript_of(input) == expected));
  CHECK((transcript_of(input, 1000) == expected));
}

TEST_CASE("RequestReader asks for the body that waits for 100 Continue", "[wire]") {
  RequestReader reader({});
  auto commit = [&](std::string_view bytes) {
    std::memcpy(reader.space().data(), bytes.data(), bytes.size());
    return reader.commit(bytes.size());
  };
  auto head = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"s;

  SECTION("once the head is there") {
    CHECK(commit(head) == ReadProgress::want_continue);
    CHECK(commit("o") == ReadProgress::need_more);
    CHECK(commit("k") == ReadProgress::complete);
  }
  SECTION("but not when the body has begun") {
    CHECK(commit(head + "o") == ReadProgress::need_more);
    CHECK(commit("k") == ReadProgress::complete);
  }
  SECTION("and not for an empty body") {
    CHECK(commit("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n") ==
          ReadProgress::complete);
  }
}

TEST_CASE("RequestReader refuses at the first byte what is no request", "[wire]") {
  for (auto& garbage : {"\r\nGET / HTTP/1.1\r\n"s, "\n"s, "\0"s, " GET"s, "\x16\x03\x01"s, "\xff"s, "\x80"s}) {
    CHECK(transcript_of(garbage) == "400 malformed request line\n");
    CHECK(transcript_of(garbage.substr(0, 1)) == "400 malformed request line\n");
  }
}

TEST_CASE("RequestReader refuses a first line that is no HTTP before the rest comes", "[wire]") {
  CHECK(transcript_of("SSH-2.0-OpenSSH_9.2\r\n") == "400 malformed request line\n");
  CHECK(transcript_of("GET /\r\n") == "400 malformed request line\n");
  CHECK(transcript_of("GET / HTTP/1.1\n") == "400 malformed line end\n");
}

TEST_CASE("RequestReader bounds the head", "[wire]") {
  RequestLimits limits{.max_head = 1000, .max_body = 10};
  auto head_of = [](std::size_t size) {
    std::string head = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
    return head + std::string(size - head.size() - 4, 'x') + "\r\n\r\n";
  };
  CHECK(transcript_of(head_of(1000), 64, limits).starts_with("GET / "));
  CHECK(transcript_of(head_of(1001), 64, limits) == "431 header section too large\n");
  CHECK(transcript_of(head_of(1001), 1, limits) == "431 header section too large\n");
  CHECK(transcript_of("GET /" + std::string(2000, 'x'), 100, limits) == "414 request target too long\n");
  CHECK(transcript_of("GET /" + std::string(100'000, 'x')) == "414 request target too long\n");

  std::string many = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 20'000; ++i)
    many += "a:\r\n";
  CHECK(transcript_of(many + "\r\n") == "431 header section too large\n");
  CHECK(transcript_of(many.substr(0, 20'000 / 4 * 4 + 1) + "\r\n\r\n").starts_with("431 "));
  CHECK(transcript_of("GET / HTTP/1.1\r\nX: " + std::string(1'000'000, 'x')) == "431 header section too large\n");
}

TEST_CASE("RequestReader refuses a large body before reading it", "[wire]") {
  RequestLimits limits{.max_head = 1000, .max_body = 10};
  auto fixed = [](const std::string& length) { return post("Content-Length: " + length + "\r\n", ""); };
  auto chunked = post("Transfer-Encoding: chunked\r\n", "");
  CHECK(transcript_of(fixed("10") + "0123456789", 64, limits).ends_with("[0123456789]\n"));
  CHECK(transcript_of(fixed("11"), 64, limits) == "413 body too large\n");
  CHECK(transcript_of(fixed("9223372036854775807"), 64, limits) == "413 body too large\n");
  CHECK(transcript_of(chunked + "b\r\n", 64, limits) == "413 body too large\n");
  CHECK(transcript_of(chunked + "a\r\n0123456789\r\n1\r\n", 1, limits) == "413 body too large\n");
  CHECK(transcript_of(post("Expect: 100-continue\r\nContent-Length: 11\r\n", ""), 64, limits) ==
        "413 body too large\n");
}

TEST_CASE("RequestReader lets requests to one path be larger", "[wire]") {
  RequestLimits limits{.max_head = 1000, .max_body = 10, .large_path = "/large", .max_large_body = 20};
  auto of = [&](const std::string& target, std::size_t size) {
    return transcript_of("POST " + target + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(size) +
                             "\r\n\r\n" + std::string(size, 'x'),
                         64, limits);
  };
  for (std::string target : {"/large", "/Large/", "/large?x=1"}) {
    CHECK(of(target, 20).ends_with("[" + std::string(20, 'x') + "]\n"));
    CHECK(of(target, 21) == "413 body too large\n");
  }
  for (std::string target : {"/", "/larger", "/?/large", "/large//"})
    CHECK(of(target, 11) == "413 body too large\n");
}

TEST_CASE("RequestReader gives back the memory of a large request", "[wire]") {
  RequestReader reader({});
  std::string transcript;
  auto large = "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(50'000, 'x') + "\r\n\r\n";
  REQUIRE(feed(reader, large, transcript));
  CHECK(reader.is_idle());
  CHECK(reader.space().size() <= 4096);
}
