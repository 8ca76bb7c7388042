#include "http/api/queue_name.hpp"

#include <algorithm>

#include "actors/core/text.hpp"
#include "http/api/target.hpp"

namespace sluice::http {

namespace {

constexpr std::size_t max_size = 256;

bool may_stand_in_name(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '.' || c == '-';
}

} // namespace

Result<QueueName> read_queue_name(std::string_view text, std::string_view field) {
  if (text.empty())
    return invalid(std::string(field), std::string(field) + " must not be empty");
  if (text.size() > max_size || !std::all_of(text.begin(), text.end(), may_stand_in_name))
    return invalid(std::string(field), std::string(field) +
                                           " must be 1 to 256 of the characters A-Z a-z 0-9 _ . -, not " +
                                           core::quoted(text));
  return QueueName{std::string(text)};
}

Result<QueueName> read_encoded_queue_name(std::string_view segment) {
  auto name = percent_decode(segment);
  return read_queue_name(name ? std::string_view(*name) : segment, "the name of the queue");
}

} // namespace sluice::http
