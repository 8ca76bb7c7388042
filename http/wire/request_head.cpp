#include "http/wire/request_head.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "actors/core/characters.hpp"

namespace sluice::http {
namespace {

using MaybeRefusal = std::optional<Refusal>;

constexpr std::array<std::string_view, 7> methods = {"POST", "GET", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"};
// More headers than any client of this API sends; bounds the views that one request costs.
constexpr std::size_t max_headers = 256;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

MaybeRefusal check_version(std::string_view version) {
  if (version.size() != 8 || !version.starts_with("HTTP/") || !is_digit(version[5]) || version[6] != '.' ||
      !is_digit(version[7]))
    return Refusal{400, "malformed request line"};
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return Refusal{505, "HTTP version not supported"};
  return std::nullopt;
}

bool is_host_byte(char c) {
  return core::detail::is_alphanumeric(static_cast<unsigned char>(c)) ||
         std::string_view("-._~%!$&'()*+;=").find(c) != std::string_view::npos;
}

bool is_address_byte(char c) {
  return is_digit(c) || c == ':' || c == '.' || (core::to_lower(c) >= 'a' && core::to_lower(c) <= 'f');
}

/// A name, an IPv4 address or an IPv6 address in brackets, and an optional port.
bool is_host(std::string_view text) {
  bool is_literal = text.starts_with('[');
  auto end = is_literal ? text.find(']') : text.find(':');
  if (is_literal && end == std::string_view::npos)
    return false;
  auto name = text.substr(is_literal ? 1 : 0, is_literal ? end - 1 : end);
  auto port = end == std::string_view::npos ? std::string_view{} : text.substr(end + (is_literal ? 1 : 0));
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_literal ? is_address_byte : is_host_byte))
    return false;
  if (port.empty())
    return true;
  return port[0] == ':' && port.size() <= 6 && std::all_of(port.begin() + 1, port.end(), is_digit);
}

template <class Visit>
void for_each_item(std::string_view list, Visit visit) {
  for (;;) {
    auto comma = list.find(',');
    visit(core::trim_blanks(list.substr(0, comma)));
    if (comma == std::string_view::npos)
      return;
    list.remove_prefix(comma + 1);
  }
}

bool is_known_coding(std::string_view name) {
  constexpr std::array<std::string_view, 7> codings = {"gzip",       "x-gzip", "deflate", "compress",
                                                       "x-compress", "br",     "zstd"};
  return std::any_of(codings.begin(), codings.end(),
                     [&](auto coding) { return core::equals_ignoring_case(coding, name); });
}

/// Reads header after header, and judges them together at the end.
class HeadChecker {
public:
  MaybeRefusal start(std::string_view line) {
    if (auto refusal = check_request_line(line))
      return refusal;
    facts_.is_http_1_0 = line.ends_with('0');
    facts_.keep_alive = !facts_.is_http_1_0;
    return std::nullopt;
  }

  MaybeRefusal add(std::string_view line);
  std::variant<RequestFacts, Refusal> finish() const;

private:
  MaybeRefusal interpret(std::string_view name, std::string_view value);
  MaybeRefusal on_host(std::string_view value);
  MaybeRefusal on_content_length(std::string_view value);
  MaybeRefusal on_transfer_encoding(std::string_view value);
  void on_connection(std::string_view value);
  MaybeRefusal on_expect(std::string_view value);

  RequestFacts facts_;
  bool has_host_ = false;
  bool has_transfer_encoding_ = false;
  bool has_foreign_coding_ = false;
  bool closes_ = false;
  std::size_t count_ = 0;
};

MaybeRefusal HeadChecker::add(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t')
    return Refusal{400, "a header is folded over two lines"};
  auto colon = line.find(':');
  if (colon == std::string_view::npos || !core::is_token(line.substr(0, colon)))
    return Refusal{400, "malformed header name"};
  auto value = core::trim_blanks(line.substr(colon + 1));
  if (!core::is_field_value(value))
    return Refusal{400, "control byte in a header"};
  if (++count_ > max_headers)
    return Refusal{431, "too many headers"};
  return interpret(line.substr(0, colon), value);
}

MaybeRefusal HeadChecker::interpret(std::string_view name, std::string_view value) {
  auto is = [&](std::string_view known) { return core::equals_ignoring_case(name, known); };
  if (is("host"))
    return on_host(value);
  if (is("content-length"))
    return on_content_length(value);
  if (is("transfer-encoding"))
    return on_transfer_encoding(value);
  if (is("expect"))
    return on_expect(value);
  if (is("connection"))
    on_connection(value);
  return std::nullopt;
}

MaybeRefusal HeadChecker::on_host(std::string_view value) {
  if (std::exchange(has_host_, true))
    return Refusal{400, "more than one Host"};
  if (!is_host(value))
    return Refusal{400, "malformed Host"};
  return std::nullopt;
}

MaybeRefusal HeadChecker::on_content_length(std::string_view value) {
  if (facts_.content_length)
    return Refusal{400, "more than one Content-Length"};
  // No length needs more digits; zeros in front may mislead others.
  constexpr std::size_t most_digits = 19;
  std::uint64_t length = 0;
  auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  // For an unsigned type from_chars takes digits only: no sign, no blank, no 0x.
  if (value.size() > most_digits || error != std::errc{} || end != value.data() + value.size())
    return Refusal{400, "malformed Content-Length"};
  facts_.content_length = length;
  return std::nullopt;
}

MaybeRefusal HeadChecker::on_transfer_encoding(std::string_view value) {
  if (std::exchange(has_transfer_encoding_, true))
    return Refusal{400, "more than one Transfer-Encoding"};
  bool is_malformed = false;
  for_each_item(value, [&](std::string_view coding) {
    is_malformed = is_malformed || facts_.chunked; // nothing may follow `chunked`
    facts_.chunked = core::equals_ignoring_case(coding, "chunked");
    has_foreign_coding_ = has_foreign_coding_ || is_known_coding(coding);
    is_malformed = is_malformed || !(facts_.chunked || is_known_coding(coding));
  });
  if (is_malformed)
    return Refusal{400, "malformed Transfer-Encoding"};
  return std::nullopt;
}

void HeadChecker::on_connection(std::string_view value) {
  for_each_item(value, [&](std::string_view option) {
    closes_ = closes_ || core::equals_ignoring_case(option, "close");
    facts_.keep_alive = facts_.keep_alive || core::equals_ignoring_case(option, "keep-alive");
  });
}

MaybeRefusal HeadChecker::on_expect(std::string_view value) {
  if (!core::equals_ignoring_case(value, "100-continue"))
    return Refusal{417, "only 100-continue can be expected"};
  // A client of 1.0 does not know interim answers (RFC 9110 §10.1.1).
  facts_.expect_continue = !facts_.is_http_1_0;
  return std::nullopt;
}

std::variant<RequestFacts, Refusal> HeadChecker::finish() const {
  if (has_transfer_encoding_ && facts_.content_length)
    return Refusal{400, "both Transfer-Encoding and Content-Length"};
  if (has_transfer_encoding_ && facts_.is_http_1_0)
    return Refusal{400, "Transfer-Encoding in HTTP/1.0"};
  if (!has_host_ && !facts_.is_http_1_0)
    return Refusal{400, "no Host"};
  if (has_foreign_coding_)
    return Refusal{501, "transfer coding not supported"};
  auto facts = facts_;
  facts.keep_alive = facts_.keep_alive && !closes_;
  return facts;
}

/// Takes one line off the front of `head`, without its CRLF; empty if there is none.
std::optional<std::string_view> take_line(std::string_view& head) {
  auto end = head.find('\n');
  if (end == std::string_view::npos || end == 0 || head[end - 1] != '\r')
    return std::nullopt;
  auto line = head.substr(0, end - 1);
  head.remove_prefix(end + 1);
  return line;
}

} // namespace

MaybeRefusal check_request_line(std::string_view line) {
  auto first = line.find(' ');
  auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return Refusal{400, "malformed request line"};
  auto method = line.substr(0, first);
  auto target = line.substr(first + 1, last - first - 1);
  if (!core::is_token(method) || !core::is_target(target))
    return Refusal{400, "malformed request line"};
  if (auto refusal = check_version(line.substr(last + 1)))
    return refusal;
  if (target.front() != '/')
    return Refusal{400, "the request target must begin with a slash"};
  if (std::find(methods.begin(), methods.end(), method) == methods.end())
    return Refusal{405, "method not allowed"};
  return std::nullopt;
}

std::variant<RequestFacts, Refusal> check_request_head(std::string_view head) {
  HeadChecker checker;
  auto line = take_line(head);
  if (!line)
    return Refusal{400, "malformed line end"};
  if (auto refusal = checker.start(*line))
    return *refusal;
  while ((line = take_line(head)) && !line->empty()) {
    if (auto refusal = checker.add(*line))
      return *refusal;
  }
  if (!line || !head.empty())
    return Refusal{400, "malformed line end"};
  return checker.finish();
}

} // namespace sluice::http
