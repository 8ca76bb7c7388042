#include "http/wire/request_head.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace sluice::http;
using namespace std::string_literals;

namespace {

int status_of(std::string_view head) {
  auto checked = check_request_head(head);
  auto* refusal = std::get_if<Refusal>(&checked);
  return refusal ? refusal->status : 200;
}

RequestFacts facts_of(std::string_view head) { return std::get<RequestFacts>(check_request_head(head)); }

/// A request of HTTP/1.1 with these headers, each without its CRLF.
std::string with(const std::vector<std::string>& headers, const std::string& line = "POST /v2/publish/x HTTP/1.1") {
  auto head = line + "\r\nHost: h\r\n";
  for (auto& header : headers)
    head += header + "\r\n";
  return head + "\r\n";
}

struct Row {
  std::string what;
  std::string head;
  int status;
};

void check(const std::vector<Row>& rows) {
  for (auto& [what, head, status] : rows) {
    INFO(what);
    CHECK(status_of(head) == status);
  }
}

} // namespace

TEST_CASE("check_request_head refuses every Transfer-Encoding but chunked", "[wire]") {
  check({
      {"gzip, then a length", with({"Transfer-Encoding: gzip", "Content-Length: 2"}), 400},
      {"a length, then gzip", with({"Content-Length: 2", "Transfer-Encoding: gzip"}), 400},
      {"gzip alone", with({"Transfer-Encoding: gzip"}), 501},
      {"gzip before chunked", with({"Transfer-Encoding: gzip, chunked"}), 501},
      {"xchunked", with({"Transfer-Encoding: xchunked"}), 400},
      {"chunkedx", with({"Transfer-Encoding: chunkedx"}), 400},
      {"chunked, identity", with({"Transfer-Encoding: chunked, identity"}), 400},
      {"chunked before gzip", with({"Transfer-Encoding: chunked, gzip"}), 400},
      {"identity alone", with({"Transfer-Encoding: identity"}), 400},
      {"identity and a length", with({"Transfer-Encoding: identity", "Content-Length: 2"}), 400},
      {"chunked twice in a list", with({"Transfer-Encoding: chunked, chunked"}), 400},
      {"chunked twice in two headers", with({"Transfer-Encoding: chunked", "Transfer-Encoding: chunked"}), 400},
      {"two headers, gzip first", with({"Transfer-Encoding: gzip", "Transfer-Encoding: chunked"}), 400},
      {"an empty item before", with({"Transfer-Encoding: ,chunked"}), 400},
      {"an empty item behind", with({"Transfer-Encoding: chunked,"}), 400},
      {"empty", with({"Transfer-Encoding:"}), 400},
      {"a parameter", with({"Transfer-Encoding: chunked;q=1"}), 400},
      {"quoted", with({"Transfer-Encoding: \"chunked\""}), 400},
      {"a vertical tab before", with({"Transfer-Encoding: \vchunked"}), 400},
      {"a form feed behind", with({"Transfer-Encoding: chunked\f"}), 400},
      {"a byte above ASCII", with({"Transfer-Encoding: \xa0"s + "chunked"}), 400},
      {"a line feed in front", with({"Transfer-Encoding: \nchunked"}), 400},
      {"with a length", with({"Transfer-Encoding: chunked", "Content-Length: 5"}), 400},
      {"with a length before it", with({"Content-Length: 5", "Transfer-Encoding: chunked"}), 400},
      {"in HTTP/1.0", with({"Transfer-Encoding: chunked"}, "POST / HTTP/1.0"), 400},
      {"a blank before the colon", with({"Transfer-Encoding : chunked"}), 400},
      {"folded", with({"Transfer-Encoding:\r\n chunked"}), 400},
  });
  CHECK(facts_of(with({"Transfer-Encoding: chunked"})).chunked);
  CHECK(facts_of(with({"tRANSFER-eNCODING:\tChunked \t"})).chunked);
}

TEST_CASE("check_request_head takes one Content-Length of digits only", "[wire]") {
  check({
      {"two equal", with({"Content-Length: 2", "Content-Length: 2"}), 400},
      {"two different", with({"Content-Length: 2", "Content-Length: 3"}), 400},
      {"a list", with({"Content-Length: 2, 2"}), 400},
      {"folded over two lines", with({"Content-Length: 2,\r\n 2"}), 400},
      {"folded, empty first", with({"Content-Length:\r\n 2"}), 400},
      {"plus", with({"Content-Length: +2"}), 400},
      {"minus", with({"Content-Length: -2"}), 400},
      {"minus zero", with({"Content-Length: -0"}), 400},
      {"hexadecimal", with({"Content-Length: 0x2"}), 400},
      {"hexadecimal digits", with({"Content-Length: a"}), 400},
      {"fraction", with({"Content-Length: 2.0"}), 400},
      {"exponent", with({"Content-Length: 2e1"}), 400},
      {"a blank inside", with({"Content-Length: 1 2"}), 400},
      {"two to the 64th", with({"Content-Length: 18446744073709551616"}), 400},
      {"300 digits", with({"Content-Length: " + std::string(300, '9')}), 400},
      {"twenty digits, zeros", with({"Content-Length: 00000000000000000002"}), 400},
      {"empty", with({"Content-Length:"}), 400},
      {"NUL behind", with({"Content-Length: 2\0"s}), 400},
      {"full-width digit", with({"Content-Length: \xef\xbc\x92"}), 400},
      {"a semicolon", with({"Content-Length: 2;"}), 400},
  });
  CHECK(facts_of(with({"Content-Length: 2"})).content_length == 2);
  CHECK(facts_of(with({"content-length:\t 0 "})).content_length == 0);
  CHECK_FALSE(facts_of(with({})).content_length);
}

TEST_CASE("check_request_head wants exactly one well-formed Host", "[wire]") {
  auto with_host = [](const std::string& lines, const std::string& version = "1.1") {
    return "GET / HTTP/" + version + "\r\n" + lines + "\r\n";
  };
  check({
      {"none", with_host(""), 400},
      {"none in HTTP/1.0", with_host("", "1.0"), 200},
      {"two", with_host("Host: a\r\nHost: a\r\n"), 400},
      {"two in HTTP/1.0", with_host("Host: a\r\nHost: b\r\n", "1.0"), 400},
      {"empty", with_host("Host:\r\n"), 400},
      {"user", with_host("Host: u@h\r\n"), 400},
      {"path", with_host("Host: h/x\r\n"), 400},
      {"two names", with_host("Host: a, b\r\n"), 400},
      {"blank inside", with_host("Host: a b\r\n"), 400},
      {"port of letters", with_host("Host: h:x\r\n"), 400},
      {"two ports", with_host("Host: h:1:2\r\n"), 400},
      {"port of six digits", with_host("Host: h:123456\r\n"), 400},
      {"open bracket", with_host("Host: [::1\r\n"), 400},
      {"text behind the bracket", with_host("Host: [::1]x\r\n"), 400},
      {"no address in brackets", with_host("Host: []\r\n"), 400},
      {"name and port", with_host("Host: qstash.example.com:8080\r\n"), 200},
      {"IPv6 and port", with_host("Host: [::1]:8080\r\n"), 200},
  });
}

TEST_CASE("check_request_head refuses malformed header lines", "[wire]") {
  check({
      {"obs-fold", with({"X: a\r\n b"}), 400},
      {"obs-fold with a tab", with({"X: a\r\n\tb"}), 400},
      {"a first line that begins with a blank", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400},
      {"bare CR", with({"X: a\rb"}), 400},
      {"bare LF", with({"X: a\nb"}), 400},
      {"CR twice", with({"X: a\r"}), 400},
      {"NUL", with({"X: a\0b"s}), 400},
      {"escape", with({"X: \x1b[0m"}), 400},
      {"DEL", with({"X: \x7f"}), 400},
      {"blank before the colon", with({"X : a"}), 400},
      {"tab before the colon", with({"X\t: a"}), 400},
      {"empty name", with({": a"}), 400},
      {"no colon", with({"X"}), 400},
      {"name with a byte above ASCII", with({"X\xff: a"}), 400},
      {"name with a bracket", with({"X[]: a"}), 400},
      {"257 headers", with(std::vector<std::string>(257, "X: a")), 431},
  });
  check({
      {"a value above ASCII", with({"X: caf\xc3\xa9"}), 200},
      {"a tab inside a value", with({"X: a\tb"}), 200},
      {"an empty value", with({"X:"}), 200},
  });
}

TEST_CASE("check_request_head refuses malformed request lines", "[wire]") {
  auto line = [](const std::string& text) { return with({}, text); };
  check({
      {"target with 0xff", line("GET /\xff HTTP/1.1"), 400},
      {"target with a fragment", line("GET /a#b HTTP/1.1"), 400},
      {"target with a blank", line("GET /a b HTTP/1.1"), 400},
      {"target with a tab", line("GET /a\tb HTTP/1.1"), 400},
      {"target with NUL", line("GET /a\0b HTTP/1.1"s), 400},
      {"absolute form", line("GET http://h/ HTTP/1.1"), 400},
      {"asterisk", line("OPTIONS * HTTP/1.1"), 400},
      {"CONNECT", line("CONNECT h:443 HTTP/1.1"), 400},
      {"no target", line("GET HTTP/1.1"), 400},
      {"two blanks", line("GET  / HTTP/1.1"), 400},
      {"a blank in front", line(" GET / HTTP/1.1"), 400},
      {"a blank behind", line("GET / HTTP/1.1 "), 400},
      {"a tab between", line("GET\t/ HTTP/1.1"), 400},
      {"method that is no token", line("GE(T / HTTP/1.1"), 400},
      {"unknown method", line("BREW / HTTP/1.1"), 405},
      {"TRACE", line("TRACE / HTTP/1.1"), 405},
      {"lower-case method", line("get / HTTP/1.1"), 405},
      {"HTTP/0.9", line("GET /"), 400},
      {"HTTP/1.2", line("GET / HTTP/1.2"), 505},
      {"HTTP/2.0", line("PRI * HTTP/2.0"), 505},
      {"lower-case version", line("GET / http/1.1"), 400},
      {"long version", line("GET / HTTP/1.10"), 400},
      {"another protocol", line("GET / ICAP/1.1"), 400},
  });
  for (std::string method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
    CHECK(status_of(line(method + " /v2/publish/https://ex.com//a?b=c HTTP/1.1")) == 200);
}

TEST_CASE("check_request_head knows whether the connection stays open", "[wire]") {
  auto keeps = [](const std::vector<std::string>& headers, const std::string& version) {
    return facts_of(with(headers, "GET / HTTP/" + version)).keep_alive;
  };
  CHECK(keeps({}, "1.1"));
  CHECK_FALSE(keeps({"Connection: Close"}, "1.1"));
  CHECK_FALSE(keeps({"Connection: keep-alive, close"}, "1.1"));
  CHECK_FALSE(keeps({"Connection: close", "Connection: keep-alive"}, "1.1"));
  CHECK_FALSE(keeps({}, "1.0"));
  CHECK(keeps({"Connection: Keep-Alive"}, "1.0"));
  CHECK(facts_of(with({}, "GET / HTTP/1.0")).is_http_1_0);
}

TEST_CASE("check_request_head knows no expectation but 100-continue", "[wire]") {
  CHECK(facts_of(with({"Expect: 100-Continue"})).expect_continue);
  CHECK_FALSE(facts_of(with({"Expect: 100-continue"}, "POST / HTTP/1.0")).expect_continue);
  CHECK(status_of(with({"Expect: 200-ok"})) == 417);
  CHECK(status_of(with({"Expect: 100-continue, x"})) == 417);
}

TEST_CASE("check_request_head refuses what is not exactly one head", "[wire]") {
  CHECK(status_of("") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: h\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\nHost: h\n\n") == 400);
  CHECK(status_of(with({}) + "x") == 400);
}
