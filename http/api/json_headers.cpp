#include "http/api/json_headers.hpp"

#include "actors/core/characters.hpp"
#include "http/api/json_parsing.hpp"

namespace sluice::http {

namespace {

using nlohmann::json;

Result<void> add(Headers& headers, const std::string& name, const json& value) {
  if (!value.is_string())
    return wrong_type("headers", "an object of strings and lists of strings", value);
  headers.push_back({name, std::string(core::trim_blanks(value.get_ref<const std::string&>()))});
  return {};
}

Result<void> add_all(Headers& headers, const std::string& name, const json& value) {
  if (!value.is_array())
    return add(headers, name, value);
  for (const auto& each : value)
    if (auto added = add(headers, name, each); !added)
      return added;
  return {};
}

} // namespace

Result<Headers> read_headers(const json& value) {
  Headers headers;
  if (value.is_null())
    return headers;
  if (!value.is_object())
    return wrong_type("headers", "an object of strings and lists of strings", value);
  for (const auto& [name, each] : value.items())
    if (auto added = add_all(headers, name, each); !added)
      return added.error();
  return headers;
}

} // namespace sluice::http
