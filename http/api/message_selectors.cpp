#include "http/api/message_selectors.hpp"

#include <limits>

namespace sluice::http {

Result<bool> read_earliest_first(const NamedValue& parameter) {
  if (parameter.value == "earliestFirst")
    return true;
  if (parameter.value == "latestFirst")
    return false;
  return bad_parameter(parameter, "earliestFirst or latestFirst");
}

Result<std::size_t> read_body_limit(const NamedValue& parameter) {
  if (parameter.value == "-1")
    return std::size_t{0};
  auto limit = read_integer(parameter, 0, std::numeric_limits<std::int64_t>::max());
  return limit ? Result<std::size_t>(static_cast<std::size_t>(*limit)) : limit.error();
}

} // namespace sluice::http
