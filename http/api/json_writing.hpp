// What the writers of JSON share. For http/api/json*.cpp only: it names nlohmann.
#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "http/api/long_text.hpp"
#include "sluice/message.hpp"

namespace sluice::http {

/// Keeps the fields in the order in which they are documented.
using Json = nlohmann::ordered_json;

inline constexpr auto whole_body = std::numeric_limits<std::size_t>::max();

/// Never throws: what is not UTF-8 gets replacement characters.
std::string dump(const Json& json);

/// `{"Canonical-Name":["first value","second value"]}`.
Json header_map(const Headers& headers);

/// An object whose fields are written one after the other: bodies are too large for a document.
class ObjectText {
public:
  /// Adds the fields of an object.
  void add(const Json& object);
  /// Adds at most the first `limit` bytes of `body` as `name`, or as base64 under `nameBase64` if they
  /// are not UTF-8; text is cut between characters. Adds nothing if nothing is left.
  void add_body(const std::string& name, const Body& body, std::size_t limit = whole_body);
  /// Adds at most the first `limit` of `bytes` as base64, whatever they hold. Adds nothing if nothing is left.
  void add_base64(std::string_view name, std::string_view bytes, std::size_t limit = whole_body);

  /// What was added since the last large body, without braces.
  const std::string& fields() const { return fields_; }
  PendingText text() &&;

private:
  void begin_field(std::string_view name);
  void close();

  PendingText text_ = std::string("{");
  std::string fields_;
  bool is_empty_ = true;
};

/// Adds what there is of URL group, queue, labels, flow control and callbacks, as spec §2.13.1 has it; the headers of a callback
/// are named by its own name and `headers`, which differs from place to place.
void put_settings(Json& json, const PublishRequest& request, const std::string& headers = "Header");

/// The list of what `to_json` makes of each item.
template <class Items, class ToJson>
std::string dump_list(const Items& items, ToJson to_json) {
  auto list = Json::array();
  for (const auto& item : items)
    list.push_back(to_json(item));
  return dump(list);
}

/// What a request has of the fields that messages and schedules leave out when they are not set.
void add_optional_parts(ObjectText& out, const PublishRequest& request, std::size_t body_limit = whole_body);

/// A message as spec §2.13.1 has it.
void add_message(ObjectText& out, const Message& message, std::size_t body_limit = whole_body);

} // namespace sluice::http
