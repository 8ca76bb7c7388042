// Headers that came as a JSON object. For http/api/json*.cpp only: it names nlohmann.
#pragma once

#include <nlohmann/json.hpp>

#include "sluice/message.hpp"
#include "sluice/result.hpp"

namespace sluice::http {

/// Reads `{"Name":"value","Other":["a","b"]}`; null is no header. Blanks around a value are cut off. What HTTP allows
/// in a header is not asked here. Error: `invalid_argument` on `headers`.
Result<Headers> read_headers(const nlohmann::json& value);

} // namespace sluice::http
