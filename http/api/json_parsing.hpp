// Reads JSON that a client sent. For http/api/json*.cpp only: it names nlohmann.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "sluice/result.hpp"

namespace sluice::http {

/// More than any documented body has.
inline constexpr int max_json_depth = 16;

/// Error: `invalid_argument` for what is not JSON to the last byte, is nested too deeply, has
/// a name twice in one object, or a number that no double can hold; of these two `field` is the path, `keys[1].count`.
/// No depth takes more of the stack than another.
Result<nlohmann::json> parse_json(std::string_view text);

/// As `parse_json`; refuses everything but an object.
Result<nlohmann::json> parse_json_object(std::string_view text);

/// Says that the field `name` has another type than `expected`.
Error wrong_type(std::string_view name, std::string_view expected);
/// The same, and what it was instead: a value, or of lists and objects only that.
Error wrong_type(std::string_view name, std::string_view expected, const nlohmann::json& given);

} // namespace sluice::http
