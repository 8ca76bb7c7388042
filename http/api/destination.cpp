#include "http/api/destination.hpp"

#include <algorithm>
#include <optional>

#include "actors/core/characters.hpp"

namespace sluice::http {

namespace {

std::optional<std::string> as_url(std::string_view text) {
  for (std::string_view scheme : {"https:", "http:"}) {
    if (!core::equals_ignoring_case(text.substr(0, scheme.size()), scheme))
      continue;
    auto rest = text.substr(scheme.size());
    if (rest.starts_with("//"))
      return std::string(text);
    if (rest.starts_with("/"))
      return std::string(text.substr(0, scheme.size())).append("/").append(rest);
  }
  return std::nullopt;
}

Error without_scheme() {
  return invalid("destination", "invalid destination url: endpoint has invalid scheme, add http:// or https://");
}

Result<Destination> as_url_group(std::string_view name) {
  if (name.empty())
    return invalid("destination", "a destination is required at the end of the path");
  if (core::equals_ignoring_case(name, "api/llm"))
    return invalid("destination", "api/llm is no destination any more: publish to a URL");
  if (name.find_first_of(":/") != std::string_view::npos)
    return without_scheme();
  return Destination(UrlGroupDestination{{std::string(name)}});
}

void append_query(std::string& url, const Target& target) {
  auto parameters = split_query(target.query);
  bool untouched = std::none_of(parameters.begin(), parameters.end(),
                                [](const Parameter& each) { return is_server_parameter(each.name); });
  auto kept = untouched ? std::string(target.query) : without_server_parameters(target.query);
  if (untouched || !kept.empty())
    url.append(url.find('?') == std::string::npos ? "?" : "&").append(kept);
}

} // namespace

Result<Destination> read_destination(const Target& target, std::string_view encoded) {
  auto url = as_url(encoded);
  if (!url) {
    auto decoded = percent_decode(encoded);
    url = decoded ? as_url(*decoded) : std::nullopt;
    if (!url)
      return as_url_group(decoded ? std::string_view(*decoded) : encoded);
  }
  if (target.has_query)
    append_query(*url, target);
  return Destination(UrlDestination{std::move(*url)});
}

Result<Destination> read_literal_destination(std::string_view text) {
  auto url = as_url(text);
  return url ? Result<Destination>(UrlDestination{std::move(*url)}) : as_url_group(text);
}

Error unknown_destination(const Error& error, std::string_view name) {
  return error.code == ErrorCode::not_found && name.find('.') != std::string_view::npos ? without_scheme() : error;
}

} // namespace sluice::http
