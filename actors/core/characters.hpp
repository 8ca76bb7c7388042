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

struct CharacterTables {
  std::array<bool, 256> token{}, field_value{}, target{};

  constexpr CharacterTables() {
    for (unsigned byte = 0; byte < 256; ++byte) {
      token[byte] = is_alphanumeric(static_cast<unsigned char>(byte)) ||
                    (byte < 128 && token_marks.find(static_cast<char>(byte)) != std::string_view::npos);
      field_value[byte] = byte == '\t' || (byte >= ' ' && byte != 0x7f);
      target[byte] = byte > ' ' && byte < 0x7f && byte != '#';
    }
  }
};

inline constexpr CharacterTables character_tables{};

inline bool all_in(const std::array<bool, 256>& table, std::string_view text) {
  return std::all_of(text.begin(), text.end(), [&](char c) { return table[static_cast<unsigned char>(c)]; });
}

} // namespace detail

/// At least one byte, as in method and header names.
inline bool is_token(std::string_view text) {
  return !text.empty() && detail::all_in(detail::character_tables.token, text);
}

/// No control byte but the tab; bytes from 0x80 on are allowed. The empty value is one.
inline bool is_field_value(std::string_view text) { return detail::all_in(detail::character_tables.field_value, text); }

/// Printable ASCII without blank and `#`, at least one byte.
inline bool is_target(std::string_view text) {
  return !text.empty() && detail::all_in(detail::character_tables.target, text);
}

/// ASCII only, whatever the locale.
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline bool equals_ignoring_case(std::string_view left, std::string_view right) {
  return left.size() == right.size() &&
         std::equal(left.begin(), left.end(), right.begin(), [](char a, char b) { return to_lower(a) == to_lower(b); });
}

/// Without the blanks and tabs at both ends.
inline std::string_view trim_blanks(std::string_view text) {
  auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

} // namespace sluice::core
