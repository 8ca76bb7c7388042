#include "http/api/parameters.hpp"

#include <limits>

#include "actors/core/characters.hpp"
#include "actors/core/number.hpp"
#include "actors/core/text.hpp"
#include "http/api/target.hpp"

namespace sluice::http {

namespace {

std::string range_text(std::int64_t least, std::int64_t most) {
  if (most == std::numeric_limits<std::int64_t>::max())
    return "an integer of at least " + std::to_string(least);
  return "an integer from " + std::to_string(least) + " to " + std::to_string(most);
}

} // namespace

Result<std::vector<NamedValue>> read_parameters(std::string_view query) {
  std::vector<NamedValue> decoded;
  for (const auto& parameter : split_query(query)) {
    if (is_server_parameter(parameter.name))
      continue;
    auto name = form_decode(parameter.name);
    auto value = form_decode(parameter.value);
    if (!name || !value)
      return bad_escape(parameter);
    decoded.push_back({std::move(*name), std::move(*value)});
  }
  return decoded;
}

Error bad_parameter(const NamedValue& parameter, std::string_view accepted) {
  return invalid(parameter.name,
                 parameter.name + " must be " + std::string(accepted) + ", not " + core::quoted(parameter.value));
}

Result<std::int64_t> read_integer(const NamedValue& parameter, std::int64_t least, std::int64_t most) {
  auto number = core::parse_integer(parameter.value);
  if (!number || *number < least || *number > most)
    return bad_parameter(parameter, range_text(least, most));
  return *number;
}

Result<bool> read_flag(const NamedValue& parameter) {
  if (core::equals_ignoring_case(parameter.value, "true"))
    return true;
  if (core::equals_ignoring_case(parameter.value, "false"))
    return false;
  return bad_parameter(parameter, "true or false");
}

} // namespace sluice::http
