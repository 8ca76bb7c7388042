#include "actors/core/names.hpp"

#include <algorithm>

#include "actors/core/text.hpp"

namespace sluice::core {

namespace {

constexpr std::size_t max_name = 256;

bool may_name_queue(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '.' || c == '-';
}

bool is_blank(unsigned char byte) { return byte <= ' ' || byte == 0x7f; }

bool has_size(std::string_view name) { return !name.empty() && name.size() <= max_name; }

} // namespace

Result<void> check(const QueueName& name) {
  if (has_size(name.text) && std::all_of(name.text.begin(), name.text.end(), may_name_queue))
    return {};
  return invalid("queueName", "a queue's name must be 1 to 256 of A-Z a-z 0-9 _ . -, not " + quoted(name.text));
}

Result<void> check(const DeduplicationId& id) {
  const auto field = "Upstash-Deduplication-Id";
  if (id.text.find(':') != std::string::npos)
    return invalid(field, "DeduplicationId cannot contain ':'");
  if (!has_size(id.text) || std::any_of(id.text.begin(), id.text.end(), is_blank))
    return invalid(field, "Upstash-Deduplication-Id must be 1 to 256 bytes without blanks");
  return {};
}

} // namespace sluice::core
