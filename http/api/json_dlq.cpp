#include "http/api/json_dlq.hpp"

#include "http/api/json_writing.hpp"

namespace sluice::http {

namespace {

Json response_head(const DlqEntry& entry) {
  Json json = {{"dlqId", entry.id.text()}, {"responseStatus", entry.response_status}};
  if (entry.response_status != 0)
    json["responseHeader"] = header_map(entry.response_headers);
  return json;
}

Json published_object(const Published& published) { return Json::object({{"messageId", published.id.text()}}); }

} // namespace

std::string dlq_json_end(const std::optional<DlqId>& cursor) {
  return cursor ? R"(,"cursor":")" + cursor->text() + "\"}" : "}";
}

PendingText dlq_entry_json(const DlqEntry& entry, std::size_t body_limit) {
  ObjectText out;
  add_message(out, *entry.message, body_limit);
  out.add(response_head(entry));
  out.add_body("responseBody", entry.response_body, body_limit);
  if (!entry.error.empty())
    out.add(Json::object({{"error", entry.error}}));
  return std::move(out).text();
}

std::string dlq_deleted_json(const DlqDeleted& deleted) {
  auto json = Json::object({{"deleted", deleted.count}});
  if (deleted.cursor)
    json["cursor"] = deleted.cursor->text();
  return dump(json);
}

std::string dlq_retried_json(const Published& published) { return dump(published_object(published)); }

std::string dlq_retried_json(const DlqRetried& retried) {
  auto json = Json::object({{"responses", Json::array()}});
  for (const auto& published : retried.messages)
    json["responses"].push_back(published_object(published));
  json["cursor"] = retried.cursor ? retried.cursor->text() : "";
  return dump(json);
}

} // namespace sluice::http
