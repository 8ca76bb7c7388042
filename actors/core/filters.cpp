#include "actors/core/filters.hpp"

#include <algorithm>
#include <string_view>

#include "actors/core/characters.hpp"
#include "actors/core/message_fields.hpp"

namespace sluice {

namespace {

// An empty list selects everything.
template <class T, class Value>
bool selects(const std::vector<T>& list, const Value& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

bool is_same(core::MessageField field, std::string_view wanted, std::string_view text) {
  return field == core::MessageField::host ? core::equals_ignoring_case(wanted, text) : wanted == text;
}

bool has_any(const PublishRequest& request, core::MessageField field, const std::vector<std::string>& wanted) {
  bool found = false;
  core::visit_fields(request, [&](core::MessageField each, std::string_view text) {
    found = found || (each == field && std::any_of(wanted.begin(), wanted.end(),
                                                   [&](const std::string& one) { return is_same(field, one, text); }));
  });
  return found;
}

} // namespace

bool core::matches(const MessageFilter& filter, const Message& message) {
  bool selected = !filter.none;
  visit_parts(filter, [&](MessageField field, const std::vector<std::string>& wanted) {
    selected = selected && (wanted.empty() || has_any(message.request, field, wanted));
  });
  return selected;
}

bool core::matches_time(const MessageFilter& filter, WallTime time) {
  return (!filter.from || time >= *filter.from) && (!filter.to || time <= *filter.to);
}

bool matches(const DlqFilter& filter, const DlqEntry& entry) {
  return core::matches(filter, *entry.message) &&
         core::matches_time(filter, WallTime{std::chrono::milliseconds{entry.id.failed_ms}}) &&
         selects(filter.ids, entry.id) && selects(filter.message_ids, entry.message->id.text()) &&
         selects(filter.response_statuses, entry.response_status);
}

} // namespace sluice
