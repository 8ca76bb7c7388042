#include "http/api/log_selection.hpp"

#include <limits>

#include "actors/core/characters.hpp"
#include "actors/core/number.hpp"
#include "http/api/message_selectors.hpp"

namespace sluice::http {

namespace {

constexpr std::int64_t max_count = 1000; // spec §2.12
constexpr std::size_t default_groups = 10;

struct Selection {
  LogQuery query{};
  std::size_t body_limit = std::numeric_limits<std::size_t>::max();
  std::optional<std::size_t> count{};
  bool names_messages = false;
  bool by_message = false;

  MessageFilter& filter() { return query.filter; }
};

using Field = SelectorField<Selection>;

// An id that cannot be one belongs to no message.
Result<void> read_id(const NamedValue& parameter, Selection& selection) {
  selection.names_messages = true;
  if (auto id = MessageId::parse(parameter.value))
    selection.query.filter.ids.push_back(*id);
  return {};
}

struct State {
  std::string_view name;
  std::vector<EventKind> kinds;
};

const State states[] = {
    {"CREATED", {EventKind::created}},
    {"ACTIVE", {EventKind::active}},
    {"RETRY", {EventKind::retry}},
    {"ERROR", {EventKind::error}},
    {"IN_PROGRESS", {EventKind::active, EventKind::retry, EventKind::error}},
    {"DELIVERED", {EventKind::delivered}},
    {"FAILED", {EventKind::failed}},
    {"CANCEL_REQUESTED", {EventKind::cancel_requested}},
    {"CANCELED", {EventKind::cancelled}},
    {"CANCELLED", {EventKind::cancelled}},
};

Result<void> read_state(const NamedValue& parameter, Selection& selection) {
  for (const auto& state : states)
    if (core::equals_ignoring_case(state.name, parameter.value)) {
      auto& kinds = selection.query.filter.kinds;
      kinds.insert(kinds.end(), state.kinds.begin(), state.kinds.end());
      return {};
    }
  return bad_parameter(parameter, "CREATED, ACTIVE, RETRY, ERROR, IN_PROGRESS, DELIVERED, FAILED, CANCEL_REQUESTED or "
                                  "CANCELED");
}

Result<void> read_count(const NamedValue& parameter, Selection& selection) {
  return keep(read_size(parameter, max_count), selection.count);
}

Result<void> read_cursor(const NamedValue& parameter, Selection& selection) {
  selection.query.cursor = LogPosition::parse(parameter.value);
  // Clients of long ago begin with the time alone.
  if (auto ms = core::parse_integer(parameter.value); ms && *ms <= last_millisecond)
    selection.query.cursor = LogPosition{WallTime{std::chrono::milliseconds{*ms + 1}}, 0};
  return selection.query.cursor ? Result<void>{} : bad_parameter(parameter, "the cursor of the page before");
}

Result<void> read_grouping(const NamedValue& parameter, Selection& selection) {
  selection.by_message = parameter.value == "messageId";
  return selection.by_message ? Result<void>{} : bad_parameter(parameter, "messageId");
}

constexpr auto fields = joined(joined(message_selectors<Selection>, listing_selectors<Selection>),
                               std::array<Field, 6>{{{"messageId", read_id},
                                                     {"messageIds", read_id},
                                                     {"state", read_state},
                                                     {"count", read_count, true},
                                                     {"cursor", read_cursor, true},
                                                     {"groupBy", read_grouping, true}}});

} // namespace

Result<LogListing> read_log_listing(std::string_view query) {
  auto values = read_selectors(query);
  if (!values)
    return values.error();
  Selection selection;
  if (auto done = read_selection(*values, fields, Strictness::lenient, selection); !done)
    return done.error();
  auto& filter = selection.query.filter;
  filter.none = filter.none || (selection.names_messages && filter.ids.empty());
  LogListing listing{std::move(selection.query), selection.body_limit, {}};
  if (selection.by_message)
    listing.groups = selection.count.value_or(default_groups);
  else if (selection.count)
    listing.query.count = *selection.count;
  return listing;
}

Result<AuditQuery> read_audit_query(std::string_view text) {
  auto parameters = read_parameters(text);
  if (!parameters)
    return parameters.error();
  AuditQuery query;
  for (const auto& parameter : *parameters) {
    if (parameter.name == "count") {
      if (auto read = keep(read_size(parameter, max_count), query.count); !read)
        return read.error();
    } else if (parameter.name == "cursor") {
      query.before = core::parse_unsigned(parameter.value);
      if (!query.before)
        return bad_parameter(parameter, "the cursor of the page before");
    }
  }
  return query;
}

} // namespace sluice::http
