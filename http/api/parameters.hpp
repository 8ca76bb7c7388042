// The query parameters of endpoints that take their arguments there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/result.hpp"

namespace sluice::http {

/// A parameter with name and value decoded.
struct NamedValue {
  std::string name;
  std::string value;
};

/// All parameters of `query` in their order, but for those that concern every request
/// (`qstash_token`, `upstash-*`). Error: `invalid_argument` for a broken escape.
Result<std::vector<NamedValue>> read_parameters(std::string_view query);

/// Says which parameter has which value, and what would be accepted.
Error bad_parameter(const NamedValue& parameter, std::string_view accepted);

/// Reads a decimal integer from `least` to `most`. Error: as `bad_parameter`.
Result<std::int64_t> read_integer(const NamedValue& parameter, std::int64_t least, std::int64_t most);
/// Reads `true` or `false`, in any case.
Result<bool> read_flag(const NamedValue& parameter);

} // namespace sluice::http
