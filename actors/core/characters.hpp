// Which bytes may stand where in HTTP/1.1 (RFC 9110 §5.6, RFC 9112 §3). Both sides of the
// wire use these tables: what comes in is checked by them, and so is what goes out.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace sluice::core {

namespace detail {

inline constexpr std::string_view token_marks = "!#$%&'*+-.^_`|~";

constexpr bool is_alphanumeric(unsigned char byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

inline constexpr auto token_bytes = [] {
  std::array<bool, 256> table{};
  for (unsigned byte = 0; byte < 128; ++byte)
    table[byte] = is_alphanumeric(static_cast<unsigned char>(byte)) ||
                  token_marks.find(static_cast<char>(byte)) != std::string_view::npos;
  return table;
}();

constexpr bool is_field_byte(unsigned char byte) { return byte == '\t' || (byte >= ' ' && byte != 0x7f); }
constexpr bool is_target_byte(unsigned char byte) { return byte > ' ' && byte < 0x7f && byte != '#'; }

// Written so that a compiler takes many bytes at a time: values are hundreds of bytes long,
// and nearly all are good.
template <class Is>
bool all_bytes(std::string_view text, Is is) {
  unsigned char bad = 0;
  for (unsigned char byte : text)
    bad |= is(byte) ? 0 : 1;
  return bad == 0;
}

} // namespace detail

/// At least one byte, as in method and header names.
inline bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return detail::token_bytes[static_cast<unsigned char>(c)]; });
}

/// No control byte but the tab; bytes from 0x80 on are allowed. The empty value is one.
inline bool is_field_value(std::string_view text) {
  return detail::all_bytes(text, [](unsigned char byte) { return detail::is_field_byte(byte); });
}

/// Printable ASCII without blank and `#`, at least one byte.
inline bool is_target(std::string_view text) {
  return !text.empty() && detail::all_bytes(text, [](unsigned char byte) { return detail::is_target_byte(byte); });
}

/// ASCII only, whatever the locale.
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline bool equals_ignoring_case(std::string_view left, std::string_view right) {
  return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin(),
                                                   [](char a, char b) { return a == b || to_lower(a) == to_lower(b); });
}

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// Without the blanks and tabs at both ends.
inline std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

} // namespace sluice::core
