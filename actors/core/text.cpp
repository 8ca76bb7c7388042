#include "actors/core/text.hpp"

#include <algorithm>

namespace sluice::core {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

char plain(char c) { return c < 0x20 || c > 0x7e || c == '"' || c == '\\' ? '?' : c; }

} // namespace

std::string quoted(std::string_view value) {
  std::string text = "\"";
  for (char c : value.substr(0, max_quoted))
    text += plain(c);
  return text + (value.size() > max_quoted ? "...\"" : "\"");
}

bool iequals(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

} // namespace sluice::core
