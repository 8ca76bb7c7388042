#include "http/wire/response_reader.hpp"

#include <random>

#include <catch2/catch.hpp>

namespace http = sluice::http;
using http::ResponseReader;
using sluice::Outcome;
using namespace std::chrono_literals;

namespace {

const http::ResponseLimits small_limits{1024, 16};

struct Reading {
  bool is_done = false;
  Outcome outcome{};
  bool may_reuse = false;
  std::size_t used = 0; // Of all bytes, up to the end of the answer.
};

// Gives `bytes` in pieces that end at every multiple of `step`, as a connection does.
Reading read_in_steps(std::string_view bytes, std::size_t step, bool then_end,
                      http::ResponseLimits limits = small_limits) {
  ResponseReader reader(limits);
  reader.start();
  std::size_t used = 0;
  for (auto have = std::min(step, bytes.size()); !reader.is_done(); have = std::min(have + step, bytes.size())) {
    used += reader.read(bytes.substr(used, have - used));
    if (have == bytes.size())
      break;
  }
  if (then_end)
    reader.end();
  if (!reader.is_done())
    return {};
  return {true, reader.take_outcome(), reader.may_reuse(), used};
}

// The same however the bytes are cut; returns that one reading.
Reading read(std::string_view bytes, bool then_end = false, http::ResponseLimits limits = small_limits) {
  auto whole = read_in_steps(bytes, bytes.size(), then_end, limits);
  for (std::size_t step = 1; step < std::min<std::size_t>(bytes.size(), 200); step += step < 8 ? 1 : 7) {
    auto cut = read_in_steps(bytes, step, then_end, limits);
    CAPTURE(step, bytes);
    CHECK(cut.is_done == whole.is_done);
    CHECK(cut.outcome.status == whole.outcome.status);
    CHECK(cut.outcome.headers == whole.outcome.headers);
    CHECK(cut.outcome.body == whole.outcome.body);
    CHECK(cut.outcome.error.empty() == whole.outcome.error.empty());
    CHECK(cut.may_reuse == whole.may_reuse);
  }
  return whole;
}

const std::string ok = "HTTP/1.1 200 OK\r\n";

} // namespace

TEST_CASE("An answer with a length is read to its last byte and no further", "[wire]") {
  auto reading = read(ok + "Content-Length: 3\r\nX-A:  b \r\n\r\nabcHTTP/1.1");
  CHECK(reading.outcome.status == 200);
  CHECK(reading.outcome.headers == sluice::Headers{{"Content-Length", "3"}, {"X-A", "b"}});
  CHECK(reading.outcome.body == "abc");
  CHECK(reading.outcome.error.empty());
  CHECK(reading.may_reuse);
  CHECK(reading.used == ok.size() + std::string("Content-Length: 3\r\nX-A:  b \r\n\r\nabc").size());
}

TEST_CASE("A chunked answer is put together, its extensions and trailers left out", "[wire]") {
  auto body = GENERATE(as<std::string>{}, "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "5;a=b;c=\"d e\"\r\nabcde\r\n0;x\r\n\r\n",
                       "05\r\nabcde\r\n000\r\nX-T: 1\r\nY: 2\r\n\r\n");
  auto reading = read(ok + "Transfer-Encoding: Chunked\r\n\r\n" + body);
  CHECK(reading.outcome.body == "abcde");
  CHECK(reading.outcome.headers.size() == 1);
  CHECK(reading.may_reuse);
}

TEST_CASE("An empty chunked answer ends at its second line", "[wire]") {
  auto reading = read(ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  CHECK(reading.outcome.status == 200);
  CHECK(reading.outcome.body.empty());
}

TEST_CASE("An answer without a length lasts to the end of the connection", "[wire]") {
  CHECK_FALSE(read(ok + "\r\nabc").is_done);
  auto reading = read(ok + "\r\nabc", true);
  CHECK(reading.outcome.status == 200);
  CHECK(reading.outcome.body == "abc");
  CHECK_FALSE(reading.may_reuse);
  CHECK(read(ok + "\r\n", true).outcome.status == 200);
}

TEST_CASE("Answers that can have no body end with their head", "[wire]") {
  auto status = GENERATE("204 No Content", "304 Not Modified");
  auto reading = read("HTTP/1.1 " + std::string(status) + "\r\nContent-Length: 5\r\n\r\n");
  CHECK(reading.is_done);
  CHECK(reading.outcome.body.empty());
  CHECK(reading.may_reuse);
}

TEST_CASE("Interim answers are skipped", "[wire]") {
  auto reading =
      read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + ok + "Content-Length: 0\r\n\r\n");
  CHECK(reading.outcome.status == 200);
  CHECK(reading.outcome.headers.size() == 1);
  std::string ten, eleven;
  for (int i = 0; i < 10; ++i)
    ten += "HTTP/1.1 102 \r\n\r\n";
  eleven = ten + "HTTP/1.1 102 \r\n\r\n";
  CHECK(read(ten + ok + "Content-Length: 0\r\n\r\n").outcome.status == 200);
  CHECK_THAT(read(eleven).outcome.error, Catch::Contains("too many interim"));
}

TEST_CASE("Only status 100 to 599 is an answer", "[wire]") {
  auto status = GENERATE("099", "000", "600", "999", "20", "2000", "-20", "2x0", "");
  auto reading = read("HTTP/1.1 " + std::string(status) + " X\r\nContent-Length: 0\r\n\r\n");
  CHECK(reading.is_done);
  CHECK(reading.outcome.status == 0);
  CHECK_FALSE(reading.may_reuse);
  CHECK(read("HTTP/1.1 599 X\r\nContent-Length: 0\r\n\r\n").outcome.status == 599);
}

TEST_CASE("An upgrade that nobody asked for is a failure", "[wire]") {
  CHECK(read("HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n").outcome.status == 0);
}

TEST_CASE("A status line without its second blank is tolerated", "[wire]") {
  auto reading = read("HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx");
  CHECK(reading.outcome.status == 200);
  CHECK(reading.outcome.body == "x");
  CHECK(reading.may_reuse);
}

TEST_CASE("Answers that servers and proxies read differently are refused", "[wire]") {
  auto head = GENERATE(
      as<std::string>{}, "Content-Length: 2\r\nContent-Length: 2\r\n", "Content-Length: 2\r\nContent-Length: 3\r\n",
      "Content-Length: 2, 2\r\n", "Content-Length: +2\r\n", "Content-Length: -2\r\n", "Content-Length: 0x2\r\n",
      "Content-Length: 2 2\r\n", "Content-Length:\r\n", "Content-Length: 18446744073709551616\r\n",
      "Content-Length: 2\r\n 3\r\n", "Transfer-Encoding: gzip\r\n", "Transfer-Encoding: xchunked\r\n",
      "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding: gzip, chunked\r\n",
      "Transfer-Encoding: identity\r\n", "Transfer-Encoding: identity\r\nContent-Length: 2\r\n",
      "Transfer-Encoding: gzip\r\nContent-Length: 2\r\n", "Content-Length: 2\r\nTransfer-Encoding: gzip\r\n",
      "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "X-A: b\r\n folded\r\n", "X-A: b\r\n\tfolded\r\n",
      " X-A: b\r\n", "X-A: b\nX-B: c\r\n", "X-A: b\rX-B: c\r\n", "X-A: b\r\r\n", "X-A : b\r\n", ": b\r\n", "X A: b\r\n",
      "no colon\r\n", "X-A: b\x01\r\n");
  CAPTURE(head);
  auto reading = read(ok + head + "\r\nab");
  CHECK(reading.is_done);
  CHECK(reading.outcome.status == 0);
  CHECK_THAT(reading.outcome.error, Catch::StartsWith("invalid answer: "));
  CHECK_FALSE(reading.may_reuse);
}

TEST_CASE("A NUL in the head is refused", "[wire]") {
  CHECK(read(ok + std::string("X: a\0b\r\n\r\n", 10)).outcome.status == 0);
}

TEST_CASE("What is not HTTP/1 is refused at its first bytes", "[wire]") {
  auto bytes = GENERATE(as<std::string>{}, "SSH-2.0-OpenSSH_9.2\r\n", "<html>", "\r\nHTTP/1.1", "\x15\x03\x01",
                        "http/1.1 200", "HTTP/2.0 200 OK\r\n", "220 mail ESMTP\r\n", "ICY 200 OK\r\n");
  auto reading = read(bytes);
  CHECK(reading.is_done);
  CHECK(reading.outcome.status == 0);
}

TEST_CASE("Unknown minor versions are refused, HTTP/1.0 is read", "[wire]") {
  CHECK(read("HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n").outcome.status == 0);
  CHECK(read("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").outcome.status == 0);
  auto reading = read("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx");
  CHECK(reading.outcome.status == 200);
  CHECK_FALSE(reading.may_reuse);
  CHECK(read("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n").may_reuse);
}

TEST_CASE("Connection: close keeps the connection from being used again", "[wire]") {
  CHECK_FALSE(read(ok + "Content-Length: 0\r\nConnection: x, Close\r\n\r\n").may_reuse);
}

TEST_CASE("Bad chunks are refused", "[wire]") {
  auto body =
      GENERATE(as<std::string>{}, "x\r\nabc\r\n", "-3\r\nabc\r\n", "3\r\nabcd\r\n0\r\n\r\n", "3\r\nabcXX0\r\n\r\n",
               "FFFFFFFFFFFFFFFFF\r\nabc", "3;a=\"b\nc\"\r\nabc\r\n0\r\n\r\n", "3\nabc\r\n0\r\n\r\n",
               "0\r\nno colon\r\n\r\n", "3 \r\nabc\r\n0\r\n\r\n", " 3\r\nabc\r\n0\r\n\r\n",
               "00000000000000003\r\nabc\r\n0\r\n\r\n", "0\r\nX: a\r\n b\r\n\r\n", "3;a=\"b\x01\"\r\nabc\r\n0\r\n\r\n");
  CAPTURE(body);
  auto reading = read(ok + "Transfer-Encoding: chunked\r\n\r\n" + body + "\r\n\r\n");
  CHECK(reading.is_done);
  CHECK(reading.outcome.status == 0);
}

TEST_CASE("An answer that is cut off is a failure wherever it is cut", "[wire]") {
  auto whole = GENERATE_COPY(as<std::string>{}, ok + "Content-Length: 4\r\n\r\nabcd",
                             ok + "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    auto reading = read_in_steps(std::string_view(whole).substr(0, size), std::max<std::size_t>(size, 1), true);
    CAPTURE(size);
    CHECK(reading.is_done);
    CHECK(reading.outcome.status == 0);
    CHECK_FALSE(reading.outcome.error.empty());
  }
}

TEST_CASE("A body beyond the limit is cut, and its connection not used again", "[wire]") {
  auto exact = std::string(16, 'a');
  CHECK(read(ok + "Content-Length: 16\r\n\r\n" + exact).may_reuse);
  auto bytes = GENERATE_COPY(as<std::string>{}, ok + "Content-Length: 500000000\r\n\r\n" + exact + "b",
                             ok + "\r\n" + exact + "b", ok + "Transfer-Encoding: chunked\r\n\r\n11\r\n" + exact + "b",
                             ok + "Transfer-Encoding: chunked\r\n\r\n10\r\n" + exact + "\r\n1\r\nb");
  auto reading = read(bytes);
  CHECK(reading.is_done);
  CHECK(reading.outcome.status == 200);
  CHECK(reading.outcome.body == exact);
  CHECK_FALSE(reading.may_reuse);
}

TEST_CASE("A head beyond the limit is a failure", "[wire]") {
  auto exact = ok + "X: ";
  exact += std::string(1024 - exact.size() - 4, 'a') + "\r\n\r\n";
  CHECK(read(exact, true).outcome.status == 200);
  auto longer = ok + "X: " + std::string(2000, 'a');
  CHECK(read(longer).outcome.status == 0);
  CHECK(read(longer + "\r\n\r\n").outcome.status == 0);
}

TEST_CASE("Endless extensions and trailers are cut off", "[wire]") {
  auto start = GENERATE(as<std::string>{}, "5;a=", "0\r\nX: ", "0;a=");
  auto bytes = ok + "Transfer-Encoding: chunked\r\n\r\n" + start + std::string(70'000, 'a');
  auto reading = read_in_steps(bytes, 1000, false);
  CHECK(reading.is_done);
  CHECK(reading.outcome.status == 0);
  CHECK(reading.used < bytes.size());
}

TEST_CASE("The peer's keep-alive time is told", "[wire]") {
  ResponseReader reader;
  auto told = [&](const std::string& field) {
    reader.start();
    reader.read(ok + "Content-Length: 0\r\n" + field + "\r\n");
    REQUIRE(reader.is_done());
    return reader.keep_alive_timeout();
  };
  CHECK(told("Keep-Alive: timeout=5, max=100\r\n") == 5s);
  CHECK(told("Keep-Alive: max=100, Timeout=7\r\n") == 7s);
  CHECK_FALSE(told(""));
  CHECK_FALSE(told("Keep-Alive: timeout=x\r\n"));
  CHECK_FALSE(told("Keep-Alive: timeout=99999999999999999999\r\n"));
}

TEST_CASE("A reader reads one answer after the other", "[wire]") {
  ResponseReader reader;
  for (auto body : {"one", "two"}) {
    reader.start();
    reader.read(ok + "Content-Length: 3\r\n\r\n" + body);
    REQUIRE(reader.is_done());
    CHECK(reader.take_outcome().body == body);
  }
}

TEST_CASE("Whatever arrives, a reader ends with one well-formed outcome", "[wire]") {
  auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::string good = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: "
                           "chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n";
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = good;
    for (auto changes = random() % 4; changes > 0; --changes)
      bytes[random() % bytes.size()] = "\r\n :;0aF\xff\x01,HTTP"[random() % 15];
    auto reading = read_in_steps(bytes, 1 + random() % 12, true);
    REQUIRE(reading.is_done);
    REQUIRE((reading.outcome.status == 0) == !reading.outcome.error.empty());
  }
}
