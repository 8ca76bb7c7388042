#include "http/api/cancel_selection.hpp"

#include "http/api/selectors.hpp"

namespace sluice::http {

namespace {

constexpr std::int64_t max_count = 500; // spec §2.6

struct Selection {
  CancelFilter filter{};
  bool names_messages = false;
};

using Field = SelectorField<Selection>;

template <std::vector<std::string> CancelFilter::*texts>
Result<void> read_texts(const NamedValue& parameter, Selection& selection) {
  return add_text(parameter, selection.filter.*texts);
}

template <std::optional<WallTime> CancelFilter::*bound>
Result<void> read_bound(const NamedValue& parameter, Selection& selection) {
  auto instant = read_instant(parameter);
  if (!instant)
    return instant.error();
  selection.filter.*bound = *instant;
  return {};
}

// An id that cannot be one belongs to no message.
Result<void> read_id(const NamedValue& parameter, Selection& selection) {
  selection.names_messages = true;
  if (auto id = MessageId::parse(parameter.value))
    selection.filter.ids.push_back(*id);
  return {};
}

// There are no URL groups and no schedules, so no message came from one.
Result<void> read_unknown_origin(const NamedValue&, Selection& selection) {
  selection.filter.none = true;
  return {};
}

Result<void> read_count(const NamedValue& parameter, Selection& selection) {
  auto count = read_integer(parameter, 1, max_count);
  if (!count)
    return count.error();
  selection.filter.count = static_cast<std::size_t>(*count);
  return {};
}

// There is one page only: all that match are cancelled.
Result<void> ignore(const NamedValue&, Selection&) { return {}; }

constexpr Field fields[] = {
    {"messageIds", read_id},
    {"url", read_texts<&CancelFilter::urls>},
    {"host", read_texts<&CancelFilter::hosts>},
    {"path", read_texts<&CancelFilter::paths>},
    {"queueName", read_texts<&CancelFilter::queues>},
    {"flowControlKey", read_texts<&CancelFilter::flow_control_keys>},
    {"label", read_texts<&CancelFilter::labels>},
    {"callerIp", read_texts<&CancelFilter::caller_ips>},
    {"callerIP", read_texts<&CancelFilter::caller_ips>},
    {"topicName", read_unknown_origin},
    {"scheduleId", read_unknown_origin},
    {"fromDate", read_bound<&CancelFilter::from>, true},
    {"toDate", read_bound<&CancelFilter::to>, true},
    {"count", read_count, true},
    {"cursor", ignore},
};

} // namespace

Result<CancelFilter> read_cancel(std::string_view query, std::string_view body) {
  auto values = read_selectors(query, body);
  if (!values)
    return values.error();
  Selection selection;
  if (auto done = read_selection(*values, fields, Strictness::strict, selection); !done)
    return done.error();
  auto& filter = selection.filter;
  // Ids of which none can exist must not select everything.
  if (selection.names_messages)
    return CancelFilter{.ids = filter.ids, .count = filter.count, .none = filter.ids.empty()};
  return std::move(filter);
}

} // namespace sluice::http
