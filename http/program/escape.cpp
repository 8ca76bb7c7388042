#include "http/program/escape.hpp"

#include <algorithm>

#include "actors/encoding.hpp"

namespace sluice::program {

namespace {

constexpr char32_t not_a_character = 0xfffd;

struct Character {
  char32_t code;
  std::size_t size; ///< In bytes.
};

// Precondition: `text` begins with a whole character.
Character first_character(std::string_view text) {
  auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80)
    return {first, 1};
  std::size_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  char32_t code = first & (0x7f >> size);
  for (char next : text.substr(1, size - 1))
    code = code << 6 | (next & 0x3f);
  return {code, size};
}

bool is_harmful(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x200b && code <= 0x200f) ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0xfeff ||
         code == not_a_character;
}

void append_code(std::string& out, char32_t code) {
  static constexpr char digits[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4)
    out += digits[code >> shift & 15];
}

void append_character(std::string& out, char32_t code, std::string_view bytes) {
  if (code == '\n')
    out += "\\n";
  else if (code == '\r')
    out += "\\r";
  else if (code == '\t')
    out += "\\t";
  else if (code == '"' || code == '\\')
    out.append("\\").append(bytes);
  else if (is_harmful(code))
    append_code(out, code);
  else
    out += bytes;
}

bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("_-./:@+=,%").find(c) != std::string_view::npos;
}

} // namespace

std::string json_string(std::string_view text) {
  bool is_valid = is_utf8(text);
  std::string out = "\"";
  while (!text.empty()) {
    auto byte = static_cast<unsigned char>(text[0]);
    auto character = is_valid || byte < 0x80 ? first_character(text) : Character{not_a_character, 1};
    append_character(out, character.code, text.substr(0, character.size));
    text.remove_prefix(character.size);
  }
  return out + "\"";
}

std::string shell_word(std::string_view text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain))
    return std::string(text);
  std::string out = "'";
  for (char c : text)
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  return out + "'";
}

} // namespace sluice::program
