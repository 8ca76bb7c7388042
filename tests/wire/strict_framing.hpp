// A second opinion on where a request ends, written apart from the reader: slow and simple.
#pragma once

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::test {

/// The next line, without its CRLF; empty if it is cut off or holds a control byte.
inline std::optional<std::string> take_clean_line(std::string_view& input) {
  auto end = input.find("\r\n");
  if (end == std::string_view::npos)
    return std::nullopt;
  std::string line(input.substr(0, end));
  input.remove_prefix(end + 2);
  bool is_clean =
      std::none_of(line.begin(), line.end(), [](unsigned char c) { return (c < 32 && c != 9) || c == 127; });
  return is_clean ? std::optional(line) : std::nullopt;
}

inline std::string lower_without_blanks_around(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  auto first = text.find_first_not_of(" \t");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

inline bool consists_of(const std::string& text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string::npos;
}

inline bool skip_chunks(std::string_view& input) {
  while (auto line = take_clean_line(input)) {
    auto size = line->substr(0, line->find(';'));
    if (!consists_of(size, "0123456789abcdefABCDEF") || size.size() > 16)
      return false;
    auto count = std::stoull(size, nullptr, 16);
    if (count == 0) {
      while ((line = take_clean_line(input)) && !line->empty()) {
      }
      return line.has_value();
    }
    if (input.size() < count + 2 || input.substr(count, 2) != "\r\n")
      return false;
    input.remove_prefix(count + 2);
  }
  return false;
}

/// Takes one request off `input` if everybody agrees where it ends.
inline bool skip_clean_request(std::string_view& input) {
  auto line = take_clean_line(input);
  std::string length, coding;
  int framing_headers = 0;
  while ((line = line ? take_clean_line(input) : line) && !line->empty()) {
    auto name = line->substr(0, line->find(':'));
    if (name.size() == line->size() || name.find_first_of(" \t") != std::string::npos)
      return false;
    auto value = lower_without_blanks_around(line->substr(name.size() + 1));
    name = lower_without_blanks_around(name);
    if (name == "content-length" || name == "transfer-encoding")
      ++framing_headers;
    if (name == "content-length" && !consists_of(length = value, "0123456789"))
      return false;
    if (name == "transfer-encoding" && (coding = value) != "chunked")
      return false;
  }
  if (!line || framing_headers > 1 || length.size() > 19)
    return false;
  if (!coding.empty())
    return skip_chunks(input);
  auto count = length.empty() ? 0 : std::stoull(length);
  if (input.size() < count)
    return false;
  input.remove_prefix(count);
  return true;
}

} // namespace sluice::test
