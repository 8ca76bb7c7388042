#include "http/wire/response_head.hpp"

#include <catch2/catch.hpp>

using namespace sluice;

namespace {

std::string head_of(const http::ResponseHead& head, const Headers& headers = {}) {
  std::string out;
  http::append_response_head(out, head, headers);
  return out;
}

} // namespace

TEST_CASE("append_response_head describes the body", "[wire]") {
  CHECK(head_of({200, 12, ""}) == "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n");
  CHECK(head_of({404, 0, "close"}) == "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  CHECK(head_of({200, 1, ""}, {{"content-type", "text/plain"}}) ==
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nContent-Length: 1\r\n\r\n");
}

TEST_CASE("append_response_head takes whole lines as they are", "[wire]") {
  CHECK(head_of({200, 0, "", "A: 1\r\nB: 2\r\n"}, {{"C", "3"}}) ==
        "HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nC: 3\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("append_response_head gives a 204 no length", "[wire]") {
  CHECK(head_of({204, 0, ""}, {{"Allow", "GET"}}) == "HTTP/1.1 204 No Content\r\nAllow: GET\r\n\r\n");
}

TEST_CASE("append_response_head leaves out headers that would break the framing", "[wire]") {
  CHECK(head_of({200, 0, ""}, {{"X", "a\r\nInjected: 1"}, {"Y\r\nZ", "b"}, {"", "c"}, {"Good", "d"}}) ==
        "HTTP/1.1 200 OK\r\nGood: d\r\nContent-Length: 0\r\n\r\n");
}
