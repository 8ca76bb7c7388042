#include "http/wire/response_parser.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "actors/core/characters.hpp"

namespace sluice::http {

namespace beast = boost::beast;

namespace {

constexpr std::size_t usual_header_count = 12;
// A length is a promise of the peer; memory is reserved only for a modest one.
constexpr std::uint64_t max_reserved_body = 64 * 1024;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::chrono::seconds> parse_timeout(std::string_view parameters) {
  constexpr std::string_view name = "timeout=";
  for (std::size_t at = 0; at + name.size() <= parameters.size(); ++at) {
    if (!core::equals_ignoring_case(parameters.substr(at, name.size()), name))
      continue;
    unsigned seconds = 0;
    auto digits = parameters.substr(at + name.size());
    if (std::from_chars(digits.data(), digits.data() + digits.size(), seconds).ec == std::errc{})
      return std::chrono::seconds(seconds);
  }
  return std::nullopt;
}

} // namespace

ResponseParser::ResponseParser(Outcome& outcome, std::size_t max_body) : outcome_(outcome), max_body_(max_body) {
  eager(true);
  body_limit(boost::none); // Ours cuts the body, Beast's would refuse it.
  header_limit(std::numeric_limits<std::uint32_t>::max());
}

void ResponseParser::refuse(std::string_view problem, error_code& code) {
  problem_ = problem;
  code = beast::http::error::bad_field;
}

void ResponseParser::on_response_impl(int status, string_view, int version, error_code& problem) {
  if (status < 100 || status > 599)
    return refuse("the status is not in 100 to 599", problem);
  outcome_.status = status;
  version_ = version;
  outcome_.headers.reserve(usual_header_count);
}

void ResponseParser::on_field_impl(field name, string_view text, string_view value, error_code& problem) {
  check_framing(name, view(value), problem);
  outcome_.headers.push_back({std::string(view(text)), std::string(view(value))});
}

void ResponseParser::check_framing(field name, std::string_view value, error_code& problem) {
  if (name == field::content_length) {
    if (std::exchange(has_length_, true) || !is_number(value))
      refuse("Content-Length is not one number", problem);
  } else if (name == field::transfer_encoding) {
    if (std::exchange(has_encoding_, true) || !core::equals_ignoring_case(value, "chunked"))
      refuse("Transfer-Encoding is not chunked", problem);
  } else if (name == field::keep_alive) {
    keep_alive_timeout_ = parse_timeout(value);
  }
}

void ResponseParser::on_header_impl(error_code& problem) {
  if (has_encoding_ && has_length_)
    refuse("it has both Content-Length and Transfer-Encoding", problem);
  else if (has_encoding_ && version_ < 11)
    refuse("HTTP/1.0 has no Transfer-Encoding", problem);
}

void ResponseParser::on_body_init_impl(const boost::optional<std::uint64_t>& size, error_code&) {
  outcome_.body.reserve(std::min<std::uint64_t>({size.value_or(0), max_body_, max_reserved_body}));
}

std::size_t ResponseParser::keep(string_view bytes) {
  auto room = max_body_ - outcome_.body.size();
  is_cut_ = is_cut_ || bytes.size() > room;
  outcome_.body.append(bytes.data(), std::min(bytes.size(), room));
  return bytes.size();
}

} // namespace sluice::http
