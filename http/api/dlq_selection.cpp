#include "http/api/dlq_selection.hpp"

#include <array>
#include <limits>

#include "http/api/errors.hpp"
#include "http/api/selectors.hpp"

namespace sluice::http {

namespace {

constexpr std::int64_t max_count = 100; // spec §2.10

struct Selection {
  DlqQuery query{};
  std::size_t body_limit = std::numeric_limits<std::size_t>::max();
  bool names_entries = false;
};

using Field = SelectorField<Selection>;

template <std::vector<std::string> DlqFilter::*texts>
Result<void> read_texts(const NamedValue& parameter, Selection& selection) {
  return add_text(parameter, selection.query.filter.*texts);
}

template <std::optional<WallTime> DlqFilter::*bound>
Result<void> read_bound(const NamedValue& parameter, Selection& selection) {
  auto instant = read_instant(parameter);
  if (!instant)
    return instant.error();
  selection.query.filter.*bound = *instant;
  return {};
}

// An id that cannot be one belongs to no entry.
Result<void> read_id(const NamedValue& parameter, Selection& selection) {
  selection.names_entries = true;
  if (auto id = DlqId::parse(parameter.value))
    selection.query.filter.ids.push_back(*id);
  return {};
}

Result<void> read_status(const NamedValue& parameter, Selection& selection) {
  auto status = read_integer(parameter, 0, 999);
  if (!status)
    return status.error();
  selection.query.filter.response_statuses.push_back(static_cast<int>(*status));
  return {};
}

// There are no URL groups and no schedules, so no message came from one.
Result<void> read_unknown_origin(const NamedValue&, Selection& selection) {
  selection.query.filter.none = true;
  return {};
}

Result<void> read_count(const NamedValue& parameter, Selection& selection) {
  auto count = read_integer(parameter, 1, max_count);
  if (!count)
    return count.error();
  selection.query.count = static_cast<std::size_t>(*count);
  return {};
}

// A client that goes on from the last page sends the empty cursor that it got.
Result<void> read_cursor(const NamedValue& parameter, Selection& selection) {
  if (parameter.value.empty())
    return {};
  selection.query.cursor = DlqId::parse(parameter.value);
  return selection.query.cursor ? Result<void>{} : bad_parameter(parameter, "the cursor of the page before");
}

Result<void> read_order(const NamedValue& parameter, Selection& selection) {
  selection.query.earliest_first = parameter.value == "earliestFirst";
  if (!selection.query.earliest_first && parameter.value != "latestFirst")
    return bad_parameter(parameter, "earliestFirst or latestFirst");
  return {};
}

Result<void> read_body_limit(const NamedValue& parameter, Selection& selection) {
  if (parameter.value == "-1") {
    selection.body_limit = 0;
    return {};
  }
  auto limit = read_integer(parameter, 0, std::numeric_limits<std::int64_t>::max());
  if (!limit)
    return limit.error();
  selection.body_limit = static_cast<std::size_t>(*limit);
  return {};
}

Result<void> refuse_workflow(const NamedValue& parameter, Selection&) {
  return unsupported("the parameter " + parameter.name);
}

Result<void> refuse_here(const NamedValue& parameter, Selection&) {
  return invalid(parameter.name, parameter.name + " is no filter of the dead-letter queue");
}

constexpr Field fields[] = {
    {"dlqIds", read_id},
    {"messageId", read_texts<&DlqFilter::message_ids>},
    {"url", read_texts<&DlqFilter::urls>},
    {"queueName", read_texts<&DlqFilter::queues>},
    {"flowControlKey", read_texts<&DlqFilter::flow_control_keys>},
    {"label", read_texts<&DlqFilter::labels>},
    {"callerIp", read_texts<&DlqFilter::caller_ips>},
    {"callerIP", read_texts<&DlqFilter::caller_ips>},
    {"responseStatus", read_status},
    {"topicName", read_unknown_origin},
    {"scheduleId", read_unknown_origin},
    {"fromDate", read_bound<&DlqFilter::from>, true},
    {"toDate", read_bound<&DlqFilter::to>, true},
    {"count", read_count, true},
    {"cursor", read_cursor, true},
    {"host", refuse_here},
    {"path", refuse_here},
    {"source", refuse_workflow},
    // Those of a list alone.
    {"order", read_order, true},
    {"trimBody", read_body_limit, true},
};
constexpr std::size_t list_fields = 2;

Result<Selection> read(const Result<std::vector<NamedValue>>& values, std::span<const Field> known,
                       Strictness strictness) {
  if (!values)
    return values.error();
  Selection selection;
  if (auto done = read_selection(*values, known, strictness, selection); !done)
    return done.error();
  // Without this, ids of which none can exist would select everything.
  auto& filter = selection.query.filter;
  filter.none = filter.none || (selection.names_entries && filter.ids.empty());
  return selection;
}

} // namespace

Result<DlqListing> read_dlq_listing(std::string_view query) {
  auto selection = read(read_selectors(query), fields, Strictness::lenient);
  if (!selection)
    return selection.error();
  return DlqListing{std::move(selection->query), selection->body_limit};
}

Result<DlqBulkCall> read_dlq_bulk(std::string_view query, std::string_view body) {
  auto common = std::span(fields).first(std::size(fields) - list_fields);
  auto selection = read(read_selectors(query, body), common, Strictness::strict);
  if (!selection)
    return selection.error();
  auto& found = selection->query;
  return DlqBulkCall{{found.count, found.cursor, std::move(found.filter)}, selection->names_entries};
}

} // namespace sluice::http
