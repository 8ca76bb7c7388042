#include "http/wire/response_head.hpp"

#include <array>
#include <charconv>

#include <boost/beast/http/status.hpp>

#include "actors/core/characters.hpp"

namespace sluice::http {
namespace {

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits;
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

/// Appends what is clean, and tells whether a Content-Type was among it.
bool append_headers(std::string& out, const Headers& headers) {
  bool has_type = false;
  for (auto& [name, value] : headers) {
    if (!core::is_token(name) || !core::is_field_value(value))
      continue;
    append_header(out, name, value);
    has_type = has_type || core::equals_ignoring_case(name, "content-type");
  }
  return has_type;
}

} // namespace

void append_response_head(std::string& out, const ResponseHead& head, const Headers& headers) {
  namespace beast_http = boost::beast::http;
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(head.status));
  std::string_view reason = beast_http::obsolete_reason(beast_http::int_to_status(static_cast<unsigned>(head.status)));
  out.append(" ").append(reason).append("\r\n");
  out.append(head.more_lines);
  bool has_type = append_headers(out, headers);
  if (head.body_size > 0 && !has_type)
    append_header(out, "Content-Type", "application/json");
  // A 204 must not carry a length (RFC 9110 §8.6).
  if (head.status != 204) {
    out.append("Content-Length: ");
    append_number(out, head.body_size);
    out.append("\r\n");
  }
  if (!head.connection.empty())
    append_header(out, "Connection", head.connection);
  out.append("\r\n");
}

} // namespace sluice::http
