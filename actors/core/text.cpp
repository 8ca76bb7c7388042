#include "actors/core/text.hpp"

#include <algorithm>

namespace sluice::core {

namespace {

char plain(char c) { return c < 0x20 || c > 0x7e || c == '"' || c == '\\' ? '?' : c; }

} // namespace

std::string quoted(std::string_view value) {
  std::string text = "\"";
  for (char c : value.substr(0, max_quoted))
    text += plain(c);
  return text + (value.size() > max_quoted ? "...\"" : "\"");
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

} // namespace sluice::core
