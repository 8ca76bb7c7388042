#include "http/api/dlq_selection.hpp"

#include <array>
#include <limits>

#include "http/api/errors.hpp"
#include "http/api/message_selectors.hpp"

namespace sluice::http {

namespace {

constexpr std::int64_t max_count = 100; // spec §2.10

struct Selection {
  DlqQuery query{};
  std::size_t body_limit = std::numeric_limits<std::size_t>::max();
  bool names_entries = false;

  MessageFilter& filter() { return query.filter; }
};

using Field = SelectorField<Selection>;

Result<void> read_message_id(const NamedValue& parameter, Selection& selection) {
  return add_text(parameter, selection.query.filter.message_ids);
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

Result<void> read_count(const NamedValue& parameter, Selection& selection) {
  return keep(read_size(parameter, max_count), selection.query.count);
}

// A client that goes on from the last page sends the empty cursor that it got.
Result<void> read_cursor(const NamedValue& parameter, Selection& selection) {
  if (parameter.value.empty())
    return {};
  selection.query.cursor = DlqId::parse(parameter.value);
  return selection.query.cursor ? Result<void>{} : bad_parameter(parameter, "the cursor of the page before");
}

Result<void> refuse_workflow(const NamedValue& parameter, Selection&) {
  return Error{ErrorCode::unsupported, parameter.name + " is for workflows: " + no_workflows().message, parameter.name};
}

Result<void> refuse_here(const NamedValue& parameter, Selection&) {
  return invalid(parameter.name, parameter.name + " is no filter of the dead-letter queue");
}

constexpr auto bulk_fields = joined(std::array<Field, 8>{{{"dlqIds", read_id},
                                                          {"messageId", read_message_id},
                                                          {"responseStatus", read_status},
                                                          {"count", read_count, true},
                                                          {"cursor", read_cursor, true},
                                                          {"host", refuse_here, false, false},
                                                          {"path", refuse_here, false, false},
                                                          {"source", refuse_workflow, false, false}}},
                                    message_selectors<Selection>);
constexpr auto list_fields = joined(bulk_fields, listing_selectors<Selection>);

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
  auto selection = read(read_selectors(query), list_fields, Strictness::lenient);
  if (!selection)
    return selection.error();
  return DlqListing{std::move(selection->query), selection->body_limit};
}

Result<DlqBulkCall> read_dlq_bulk(std::string_view query, std::string_view body) {
  auto selection = read(read_selectors(query, body), bulk_fields, Strictness::strict);
  if (!selection)
    return selection.error();
  auto& found = selection->query;
  return DlqBulkCall{{found.count, found.cursor, std::move(found.filter)}, selection->names_entries};
}

} // namespace sluice::http
