// The parameters by which calls select messages, whatever they do with them (spec §2.6, §2.10, §2.12).
#pragma once

#include <array>

#include "http/api/selectors.hpp"
#include "sluice/message_filter.hpp"

namespace sluice::http {

template <class Selection, std::vector<std::string> MessageFilter::*texts>
Result<void> read_filter_texts(const NamedValue& parameter, Selection& selection) {
  MessageFilter& filter = selection.filter();
  return add_text(parameter, filter.*texts);
}

template <class Selection, std::optional<WallTime> MessageFilter::*bound>
Result<void> read_filter_bound(const NamedValue& parameter, Selection& selection) {
  MessageFilter& filter = selection.filter();
  return keep(read_instant(parameter), filter.*bound);
}

/// The fields of a `Selection`, whose member function `filter` gives the MessageFilter to read into.
template <class Selection>
inline constexpr std::array<SelectorField<Selection>, 12> message_selectors = {{
    {"url", read_filter_texts<Selection, &MessageFilter::urls>},
    {"host", read_filter_texts<Selection, &MessageFilter::hosts>},
    {"path", read_filter_texts<Selection, &MessageFilter::paths>},
    {"queueName", read_filter_texts<Selection, &MessageFilter::queues>},
    {"flowControlKey", read_filter_texts<Selection, &MessageFilter::flow_control_keys>},
    {"label", read_filter_texts<Selection, &MessageFilter::labels>},
    {"callerIp", read_filter_texts<Selection, &MessageFilter::caller_ips>},
    {"callerIP", read_filter_texts<Selection, &MessageFilter::caller_ips>},
    {"topicName", read_filter_texts<Selection, &MessageFilter::url_groups>},
    {"scheduleId", read_filter_texts<Selection, &MessageFilter::schedules>},
    {"fromDate", read_filter_bound<Selection, &MessageFilter::from>, true},
    {"toDate", read_filter_bound<Selection, &MessageFilter::to>, true},
}};

/// `first` beats `second` where both have a field.
template <class Selection, std::size_t a, std::size_t b>
constexpr auto joined(const std::array<SelectorField<Selection>, a>& first,
                      const std::array<SelectorField<Selection>, b>& second) {
  std::array<SelectorField<Selection>, a + b> all{};
  std::copy(second.begin(), second.end(), std::copy(first.begin(), first.end(), all.begin()));
  return all;
}

/// Reads `order`. Error: as `bad_parameter`.
Result<bool> read_earliest_first(const NamedValue& parameter);
/// Reads `trimBody`: how many bytes of a body to show; `0` and `-1` leave bodies out.
Result<std::size_t> read_body_limit(const NamedValue& parameter);

template <class Selection>
Result<void> read_order(const NamedValue& parameter, Selection& selection) {
  return keep(read_earliest_first(parameter), selection.query.earliest_first);
}

template <class Selection>
Result<void> read_trim_body(const NamedValue& parameter, Selection& selection) {
  return keep(read_body_limit(parameter), selection.body_limit);
}

/// What lists take besides: the fields of a `Selection` with a `query` and a `body_limit`.
template <class Selection>
inline constexpr std::array<SelectorField<Selection>, 2> listing_selectors = {
    {{"order", read_order<Selection>, true}, {"trimBody", read_trim_body<Selection>, true}}};

} // namespace sluice::http
