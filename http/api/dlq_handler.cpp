#include <algorithm>
#include <array>

#include "http/api/errors.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json.hpp"
#include "http/api/parameters.hpp"

namespace sluice::http {

namespace {

constexpr std::int64_t max_count = 100; // spec §2.10

// Documented filters that are not built yet: ignoring one would answer what was not asked for.
constexpr std::array<std::string_view, 15> filters = {
    "messageId", "dlqIds",   "url",   "topicName",      "scheduleId", "queueName", "responseStatus", "callerIp",
    "callerIP",  "fromDate", "label", "flowControlKey", "toDate",     "trimBody",  "source",
};

Result<void> read_order(const NamedValue& parameter, DlqQuery& query) {
  query.earliest_first = parameter.value == "earliestFirst";
  if (!query.earliest_first && parameter.value != "latestFirst")
    return bad_parameter(parameter, "earliestFirst or latestFirst");
  return {};
}

Result<void> read_cursor(const NamedValue& parameter, DlqQuery& query) {
  query.cursor = DlqId::parse(parameter.value);
  if (!query.cursor)
    return bad_parameter(parameter, "the cursor of the page before");
  return {};
}

Result<void> read_count(const NamedValue& parameter, DlqQuery& query) {
  auto count = read_integer(parameter, 1, max_count);
  if (!count)
    return count.error();
  query.count = static_cast<std::size_t>(*count);
  return {};
}

// An empty value is a client's way to leave a parameter out.
Result<void> read_parameter(const NamedValue& parameter, DlqQuery& query) {
  if (parameter.value.empty())
    return {};
  if (parameter.name == "count")
    return read_count(parameter, query);
  if (parameter.name == "cursor")
    return read_cursor(parameter, query);
  if (parameter.name == "order")
    return read_order(parameter, query);
  if (std::find(filters.begin(), filters.end(), parameter.name) != filters.end())
    return unsupported("the parameter " + parameter.name + " of GET /v2/dlq");
  return {};
}

Result<DlqQuery> read_query(std::string_view text) {
  auto parameters = read_parameters(text);
  if (!parameters)
    return parameters.error();
  DlqQuery query;
  for (const auto& parameter : *parameters)
    if (auto read = read_parameter(parameter, query); !read)
      return read.error();
  return query;
}

} // namespace

void list_dlq(Call call) {
  auto query = read_query(call.target.query);
  if (!query)
    return call.respond(error_response(query.error()));
  call.scheduler.dlq(std::move(*query), [respond = std::move(call.respond)](Result<DlqPage> page) {
    respond(page ? ApiResponse{.body = dlq_json(*page)} : error_response(page.error()));
  });
}

} // namespace sluice::http
