#include "actors/json_text.hpp"

#include <array>
#include <map>
#include <vector>

#include "actors/encoding.hpp"

namespace sluice {

namespace {

void append_escaped(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  auto byte = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\')
    out.append({'\\', c});
  else if (byte < 0x20)
    out.append("\\u00").append({digits[byte >> 4], digits[byte & 15]});
  else
    out.push_back(c);
}

} // namespace

std::string quoted_json(std::string_view text) {
  bool is_text = is_utf8(text);
  std::string out = "\"";
  for (char c : text)
    if (!is_text && static_cast<unsigned char>(c) >= 0x80)
      out.append("\xef\xbf\xbd");
    else
      append_escaped(out, c);
  return out + '"';
}

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
