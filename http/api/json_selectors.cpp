#include "http/api/json_selectors.hpp"

#include <algorithm>
#include <array>

#include "http/api/json_parsing.hpp"

namespace sluice::http {

namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 4> numbers = {"count", "fromDate", "responseStatus", "toDate"};

bool is_number(std::string_view name) { return std::find(numbers.begin(), numbers.end(), name) != numbers.end(); }

Result<std::string> read_scalar(const std::string& name, const json& value) {
  if (is_number(name))
    return value.is_number_integer() ? Result<std::string>(value.dump()) : wrong_type(name, "an integer", value);
  if (!value.is_string())
    return wrong_type(name, "a string or a list of strings", value);
  return value.get<std::string>();
}

Result<void> read_empty_list(const std::string& name, std::vector<NamedValue>& values) {
  if (name == "messageIds")
    return {};
  if (name != "dlqIds")
    return wrong_type(name, "a list that is not empty");
  values.push_back({name, ""});
  return {};
}

Result<void> read_value(const std::string& name, const json& value, std::vector<NamedValue>& values) {
  auto text = read_scalar(name, value);
  if (!text)
    return text.error();
  values.push_back({name, std::move(*text)});
  return {};
}

Result<void> read_field(const std::string& name, const json& value, std::vector<NamedValue>& values) {
  if (!value.is_array())
    return read_value(name, value, values);
  if (value.empty())
    return read_empty_list(name, values);
  for (const auto& each : value)
    if (auto read = read_value(name, each, values); !read)
      return read;
  return {};
}

} // namespace

Result<std::vector<NamedValue>> read_selectors_json(std::string_view text) {
  std::vector<NamedValue> values;
  if (text.empty())
    return values;
  auto object = parse_json_object(text);
  if (!object)
    return object.error();
  for (const auto& [name, value] : object->items())
    if (auto read = read_field(name, value, values); !read)
      return read.error();
  return values;
}

} // namespace sluice::http
