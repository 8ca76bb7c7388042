#include "actors/core/names.hpp"

#include <algorithm>

#include "actors/core/characters.hpp"
#include "actors/core/text.hpp"

namespace sluice::core {

namespace {

constexpr std::size_t max_name = 256;

bool may_be_in_name(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '.' || c == '-';
}

bool is_blank_or_control(unsigned char byte) { return byte <= ' ' || byte == 0x7f; }

bool has_size(std::string_view name) { return !name.empty() && name.size() <= max_name; }

Result<void> check_name(std::string_view name, const std::string& field, const std::string& what) {
  if (has_size(name) && std::all_of(name.begin(), name.end(), may_be_in_name))
    return {};
  return invalid(field, what + " must be 1 to 256 of A-Z a-z 0-9 _ . -, not " + quoted(name));
}

} // namespace

Result<void> check(const QueueName& name) { return check_name(name.text, "queueName", "a queue's name"); }

Result<void> check(const ScheduleId& id) { return check_name(id.text, "Upstash-Schedule-Id", "a schedule's id"); }

Result<void> check(const UrlGroupName& name) { return check_name(name.text, "urlGroup", "a URL group's name"); }

Result<void> check_endpoint_name(std::string_view name) {
  if (has_size(name) && is_field_value(name))
    return {};
  return invalid("name", "an endpoint's name must be 1 to 256 bytes without control characters but the tab, not " +
                             quoted(name));
}

Result<void> check(const DeduplicationId& id) {
  const auto field = "Upstash-Deduplication-Id";
  if (id.text.find(':') != std::string::npos)
    return invalid(field, "DeduplicationId cannot contain ':'");
  if (!has_size(id.text) || std::any_of(id.text.begin(), id.text.end(), is_blank_or_control))
    return invalid(field, "Upstash-Deduplication-Id must be 1 to 256 bytes without blanks");
  return {};
}

} // namespace sluice::core
