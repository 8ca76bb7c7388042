#include "actors/core/text.hpp"

#include <algorithm>

#include "actors/core/characters.hpp"

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

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    auto end = std::min(text.find(','), text.size());
    if (auto item = trim_blanks(text.substr(0, end)); !item.empty())
      items.emplace_back(item);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return items;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

} // namespace sluice::core
