#include "http/api/target.hpp"

#include <algorithm>

#include "actors/core/characters.hpp"
#include "actors/core/text.hpp"

namespace sluice::http {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  auto lower = core::to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The byte of the escape at `at`, or -1.
int escaped_byte(std::string_view text, std::size_t at) {
  if (at + 2 >= text.size())
    return -1;
  auto high = hex_digit(text[at + 1]);
  auto low = hex_digit(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

std::optional<std::string> decode(std::string_view text, char plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out.push_back(text[at] == '+' ? plus : text[at]);
      continue;
    }
    auto byte = escaped_byte(text, at);
    if (byte < 0)
      return std::nullopt;
    out.push_back(static_cast<char>(byte));
    at += 2;
  }
  return out;
}

bool is_server_name(std::string_view name) {
  return core::equals_ignoring_case(name, "qstash_token") || core::equals_ignoring_case(name.substr(0, 8), "upstash-");
}

template <class Visit>
void for_each_piece(std::string_view query, Visit visit) {
  while (!query.empty()) {
    auto end = std::min(query.find('&'), query.size());
    visit(query.substr(0, end));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
}

Parameter split_parameter(std::string_view piece) {
  auto equals = piece.find('=');
  if (equals == std::string_view::npos)
    return {piece, {}};
  return {piece.substr(0, equals), piece.substr(equals + 1)};
}

} // namespace

Target split_target(std::string_view target) {
  auto mark = target.find('?');
  if (mark == std::string_view::npos)
    return {target, {}, false};
  return {target.substr(0, mark), target.substr(mark + 1), true};
}

std::optional<std::string> percent_decode(std::string_view text) { return decode(text, '+'); }
std::optional<std::string> form_decode(std::string_view text) { return decode(text, ' '); }

std::vector<Parameter> split_query(std::string_view query) {
  std::vector<Parameter> parameters;
  for_each_piece(query, [&](std::string_view piece) {
    if (!piece.empty())
      parameters.push_back(split_parameter(piece));
  });
  return parameters;
}

Error bad_escape(const Parameter& parameter) {
  return invalid("query", "the parameter " + core::quoted(parameter.name) +
                              " has a % that two hexadecimal digits do not follow: " + core::quoted(parameter.value));
}

bool is_server_parameter(std::string_view encoded_name) {
  if (encoded_name.find('%') == std::string_view::npos)
    return is_server_name(encoded_name);
  auto name = form_decode(encoded_name);
  return name && is_server_name(*name);
}

std::string without_server_parameters(std::string_view query) {
  std::string kept;
  for_each_piece(query, [&](std::string_view piece) {
    if (is_server_parameter(split_parameter(piece).name))
      return;
    kept.append(kept.empty() ? "" : "&").append(piece);
  });
  return kept;
}

} // namespace sluice::http
