#include "actors/json_text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "actors/encoding.hpp"

namespace sluice {

namespace {

// Bodies of megabytes are written by blocks of these, of which each is copied as a whole or byte by byte.
constexpr std::size_t block_bytes = 64;
constexpr std::size_t longest_escape = 6;

bool needs_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

// Without a way out, so that compilers make vector instructions of it.
bool is_plain(const char* block) {
  bool escapes = false;
  for (std::size_t at = 0; at < block_bytes; ++at)
    escapes |= needs_escape(block[at]);
  return !escapes;
}

char* write(char* to, std::string_view text) { return std::copy(text.begin(), text.end(), to); }

char* write_escape(char* to, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  constexpr std::string_view named = "\"\\\b\f\n\r\t";
  constexpr std::string_view names = "\"\\bfnrt";
  *to++ = '\\';
  if (auto at = named.find(c); at != std::string_view::npos) {
    *to++ = names[at];
    return to;
  }
  auto byte = static_cast<unsigned char>(c);
  to = write(to, "u00");
  *to++ = digits[byte >> 4];
  *to++ = digits[byte & 15];
  return to;
}

// At most a block.
void append_escaped(std::string& out, std::string_view text, bool is_utf8) {
  std::array<char, block_bytes * longest_escape> written;
  auto* end = written.data();
  for (char c : text)
    if (needs_escape(c))
      end = write_escape(end, c);
    else if (!is_utf8 && static_cast<unsigned char>(c) >= 0x80)
      end = write(end, "\xef\xbf\xbd");
    else
      *end++ = c;
  out.append(written.data(), end);
}

std::string escaped(std::string_view text, bool is_utf8) {
  std::string out;
  out.reserve(text.size() + 2);
  for (; text.size() >= block_bytes; text.remove_prefix(block_bytes))
    if (is_utf8 && is_plain(text.data()))
      out.append(text.data(), block_bytes);
    else
      append_escaped(out, text.substr(0, block_bytes), is_utf8);
  append_escaped(out, text, is_utf8);
  return out;
}

} // namespace

std::string quoted_json(std::string_view text) { return '"' + escaped(text, is_utf8(text)) + '"'; }

std::string escaped_json(std::string_view text) { return escaped(text, true); }

void JsonObject::begin(std::string_view name) {
  if (out_.size() > 1)
    out_.push_back(',');
  out_.append(quoted_json(name)).push_back(':');
}

void JsonObject::text(std::string_view name, std::string_view value) {
  begin(name);
  out_.append(quoted_json(value));
}

void JsonObject::number(std::string_view name, std::int64_t value) {
  begin(name);
  out_.append(std::to_string(value));
}

void JsonObject::headers(std::string_view name, const Headers& headers) {
  std::map<std::string, std::string> lists;
  for (const auto& header : headers) {
    auto& list = lists[canonical_name(header.name)];
    list.append(list.empty() ? "" : ",").append(quoted_json(header.value));
  }
  begin(name);
  out_.push_back('{');
  for (auto separator = ""; const auto& [each, values] : lists) {
    out_.append(separator).append(quoted_json(each)).append(":[").append(values).append("]");
    separator = ",";
  }
  out_.push_back('}');
}

} // namespace sluice
