#include "http/api/json_dlq.hpp"

#include "http/api/json_writing.hpp"
#include "http/api/sliced_list.hpp"

namespace sluice::http {

namespace {

Json entry_object(const DlqEntry& entry, std::size_t body_limit) {
  auto json = to_json(*entry.message, body_limit);
  json["dlqId"] = entry.id.text();
  json["responseStatus"] = entry.response_status;
  if (entry.response_status != 0)
    json["responseHeader"] = header_map(entry.response_headers);
  put_bytes(json, "responseBody", entry.response_body.view(), body_limit);
  if (!entry.error.empty())
    json["error"] = entry.error;
  return json;
}

Json published_object(const Published& published) { return Json::object({{"messageId", published.id.text()}}); }

} // namespace

std::string dlq_json(const std::vector<std::string>& entries, const std::optional<DlqId>& cursor) {
  std::string out = R"({"messages":)";
  append_list(out, entries);
  if (cursor)
    out.append(R"(,"cursor":")").append(cursor->text()) += '"';
  return out += '}';
}

std::string dlq_entry_json(const DlqEntry& entry, std::size_t body_limit) {
  return dump(entry_object(entry, body_limit));
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
