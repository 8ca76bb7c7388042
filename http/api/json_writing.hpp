// What the writers of JSON share. For http/api/json*.cpp only: it names nlohmann.
#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "sluice/message.hpp"

namespace sluice::http {

/// Keeps the fields in the order in which they are documented.
using Json = nlohmann::ordered_json;

inline constexpr auto whole_body = std::numeric_limits<std::size_t>::max();

/// Never throws: what is not UTF-8 gets replacement characters.
std::string dump(const Json& json);

/// `{"Canonical-Name":["first value","second value"]}`.
Json header_map(const Headers& headers);

/// Adds at most the first `limit` of `bytes` as `name`, or as base64 under `nameBase64` if they
/// are not UTF-8; text is cut between characters. Adds nothing if nothing is left.
void put_bytes(Json& json, const std::string& name, std::string_view bytes, std::size_t limit = whole_body);

/// `topicName` and `endpointName`, for what a URL group got.
void put_url_group(Json& json, const UrlDestination& destination);
/// Its URL and the headers it sends along; nothing for none.
void put_callback(Json& json, const char* name, const char* headers_name,
                  const std::shared_ptr<const Callback>& callback);
/// Adds what there is of labels and flow control, as spec §2.13.1 has it.
void put_labels(Json& json, const std::vector<std::string>& labels);
void put_flow_control(Json& json, const FlowControl& flow_control);

/// A message as spec §2.13.1 has it.
Json to_json(const Message& message, std::size_t body_limit = whole_body);

} // namespace sluice::http
