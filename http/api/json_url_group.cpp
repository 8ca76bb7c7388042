#include "http/api/json_url_group.hpp"

#include "http/api/json_headers.hpp"
#include "http/api/json_parsing.hpp"
#include "http/api/json_writing.hpp"

namespace sluice::http {

namespace {

using nlohmann::json;

Result<std::optional<std::string>> read_text(const json& object, const char* name) {
  auto found = object.find(name);
  if (found == object.end() || found->is_null())
    return std::optional<std::string>{};
  if (!found->is_string())
    return wrong_type(name, "a string", *found);
  return std::optional(found->get<std::string>());
}

Result<EndpointSelector> read_selector(const json& value) {
  if (!value.is_object())
    return wrong_type("endpoints", "a list of objects", value);
  auto url = read_text(value, "url");
  if (!url)
    return url.error();
  auto name = read_text(value, "name");
  if (!name)
    return name.error();
  return EndpointSelector{*std::move(url), *std::move(name)};
}

Json to_json(const Endpoint& endpoint) {
  Json json = {{"url", endpoint.url}};
  if (!endpoint.name.empty())
    json["name"] = endpoint.name;
  return json;
}

Json to_json(const UrlGroup& group) {
  auto endpoints = Json::array();
  for (const auto& endpoint : group.endpoints)
    endpoints.push_back(to_json(endpoint));
  return {
      {"name", group.name.text},
      {"createdAt", group.created_at.time_since_epoch().count()},
      {"updatedAt", group.updated_at.time_since_epoch().count()},
      {"endpoints", std::move(endpoints)},
  };
}

} // namespace

Result<std::vector<EndpointSelector>> read_endpoint_selectors_json(std::string_view text) {
  auto object = parse_json_object(text);
  if (!object)
    return object.error();
  auto list = object->find("endpoints");
  if (list == object->end() || !list->is_array())
    return wrong_type("endpoints", "a list of objects");
  std::vector<EndpointSelector> selectors;
  for (const auto& each : *list) {
    auto selector = read_selector(each);
    if (!selector)
      return selector.error();
    selectors.push_back(*std::move(selector));
  }
  return selectors;
}

Result<std::vector<Endpoint>> read_endpoints_json(std::string_view text) {
  auto selectors = read_endpoint_selectors_json(text);
  if (!selectors)
    return selectors.error();
  std::vector<Endpoint> endpoints;
  for (auto& each : *selectors) {
    if (!each.url)
      return invalid("url", "an endpoint needs a url");
    endpoints.push_back({*std::move(each.url), std::move(each.name).value_or("")});
  }
  return endpoints;
}

Result<Headers> read_defaults_json(std::string_view text) {
  auto object = parse_json_object(text);
  if (!object)
    return object.error();
  auto headers = object->find("headers");
  if (headers == object->end())
    return wrong_type("headers", "an object");
  return read_headers(*headers);
}

std::string url_group_json(const UrlGroup& group) { return dump(to_json(group)); }

std::string url_groups_json(const std::vector<UrlGroup>& groups) {
  return dump_list(groups, [](const auto& group) { return to_json(group); });
}

} // namespace sluice::http
