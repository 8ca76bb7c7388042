// Decides from the raw bytes of a request's head whether the request may run, and how
// its body is framed. Stricter than the standard wherever a lenient reading could make two
// programs see two different requests.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace sluice::http {

/// What the head says about the rest of the connection.
struct RequestFacts {
  bool is_http_1_0 = false;
  bool keep_alive = false;
  bool chunked = false;
  bool expect_continue = false;
  std::optional<std::uint64_t> content_length{}; ///< Never together with `chunked`.
};

/// Why a request does not run. Its connection is closed after the answer, because where
/// the next request begins is unknown.
struct Refusal {
  int status = 400;
  std::string_view text{}; ///< A literal without quotes, so that it fits into JSON.
};

/// The first line alone, without its CRLF; lets a reader refuse what is no HTTP at once.
std::optional<Refusal> check_request_line(std::string_view line);

/// `head` reaches from the first byte of the request line through the empty line.
std::variant<RequestFacts, Refusal> check_request_head(std::string_view head);

} // namespace sluice::http
