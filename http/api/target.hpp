// Takes the target of a request apart: path, query, and what percent-encoding hides.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/result.hpp"

namespace sluice::http {

/// The two halves of an origin-form target, as they were sent.
struct Target {
  std::string_view path;
  std::string_view query; ///< Without the `?`.
  bool has_query = false; ///< True also for a `?` with nothing behind it.
};

Target split_target(std::string_view target);

/// Decodes every `%XX` once; a `+` stays. Empty if an escape is incomplete.
std::optional<std::string> percent_decode(std::string_view text);
/// As `percent_decode`, but a `+` is a blank, as in the query of a form.
std::optional<std::string> form_decode(std::string_view text);

/// One `name=value` of a query, both still encoded.
struct Parameter {
  std::string_view name;
  std::string_view value;
};

/// Empty pieces (`a=1&&b=2`) are left out.
std::vector<Parameter> split_query(std::string_view query);

/// Says which parameter has a `%` that is no escape.
Error bad_escape(const Parameter& parameter);

/// True for a parameter that is meant for this server and not for a destination:
/// `qstash_token` and everything that begins with `upstash-`, in any case.
bool is_server_parameter(std::string_view encoded_name);

/// `query` without the parameters of this server; the rest to the byte as it was.
std::string without_server_parameters(std::string_view query);

} // namespace sluice::http
