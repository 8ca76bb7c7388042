#include "http/api/json_batch.hpp"

#include "http/api/json.hpp"
#include "http/api/json_headers.hpp"
#include "http/api/json_parsing.hpp"

namespace sluice::http {

namespace {

using nlohmann::json;

Result<std::string> read_text(json& object, const char* name) {
  auto found = object.find(name);
  if (found == object.end() || found->is_null())
    return std::string{};
  if (!found->is_string())
    return wrong_type(name, "a string or null", *found);
  return std::move(found->get_ref<std::string&>());
}

Result<BatchItem> read_item(json& value) {
  if (!value.is_object())
    return wrong_type("item", "an object", value);
  BatchItem item;
  for (auto [name, text] :
       {std::pair{"destination", &item.destination}, {"body", &item.body}, {"queue", &item.queue}}) {
    auto read = read_text(value, name);
    if (!read)
      return read.error();
    *text = *std::move(read);
  }
  if (item.destination.empty())
    return invalid("destination", "destination is required");
  auto headers = read_headers(value.contains("headers") ? value["headers"] : json{});
  if (!headers)
    return headers.error();
  item.headers = *std::move(headers);
  return item;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string list = "[";
  for (const auto& part : parts)
    list.append(list.size() > 1 ? "," : "").append(part);
  return list + ']';
}

std::string element_json(const BatchElement& element) {
  if (!element.answer)
    return error_json(element.answer.error().message);
  return element.url_group.empty() ? publish_json(element.answer->front()) : published_json(*element.answer);
}

} // namespace

Result<std::vector<BatchItem>> read_batch_json(std::string text) {
  auto parsed = parse_json(text);
  if (!parsed)
    return parsed.error();
  text = {}; // A large one is not kept twice.
  if (!parsed->is_array())
    return wrong_type("body", "a list of objects", *parsed);
  std::vector<BatchItem> items;
  items.reserve(parsed->size());
  for (auto& value : *parsed) {
    auto item = read_item(value);
    if (!item)
      return invalid(item.error().field, "item " + std::to_string(items.size()) + ": " + item.error().message);
    items.push_back(*std::move(item));
  }
  return items;
}

std::string published_json(const std::vector<Published>& messages) {
  std::vector<std::string> parts;
  for (const auto& message : messages)
    parts.push_back(publish_json(message));
  return joined(parts);
}

std::string batch_json(const std::vector<BatchElement>& elements) {
  std::vector<std::string> parts;
  for (const auto& element : elements)
    parts.push_back(element_json(element));
  return joined(parts);
}

} // namespace sluice::http
