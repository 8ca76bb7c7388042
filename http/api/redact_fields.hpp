// Interprets `Upstash-Redact-Fields` (spec §6.10).
#pragma once

#include <string_view>

#include "sluice/message.hpp"
#include "sluice/result.hpp"

namespace sluice::http {

/// Reads `body`, `header`, `headers`, `header[NAME]` and `headers[NAME]` between commas; nothing is redacted by an empty
/// text. Error: `invalid_argument` for any other word. Which names may be there is left to the scheduler.
Result<Redaction> read_redact_fields(std::string_view text);

} // namespace sluice::http
