#include "http/api/redact_fields.hpp"

#include <optional>

#include "actors/core/characters.hpp"
#include "actors/core/text.hpp"
#include "http/api/settings.hpp"

namespace sluice::http {

namespace {

// The NAME of `header[NAME]`.
std::optional<std::string_view> header_name(std::string_view field) {
  auto open = field.find('[');
  auto word = field.substr(0, open);
  if (open == std::string_view::npos || field.back() != ']' || (word != "header" && word != "headers"))
    return std::nullopt;
  return core::trim_blanks(field.substr(open + 1, field.size() - open - 2));
}

bool add(Redaction& redaction, std::string_view field) {
  auto name = header_name(field);
  if (name)
    redaction.headers.emplace_back(*name);
  redaction.body = redaction.body || field == "body";
  redaction.all_headers = redaction.all_headers || field == "header" || field == "headers";
  return name || field == "body" || field == "header" || field == "headers";
}

} // namespace

Result<Redaction> read_redact_fields(std::string_view text) {
  Redaction redaction;
  for (const auto& field : core::split_list(text))
    if (!add(redaction, field))
      return invalid(name_of(Setting::redact_fields),
                     "Upstash-Redact-Fields must be a list of body, header and header[NAME], not " +
                         core::quoted(field));
  return redaction;
}

} // namespace sluice::http
