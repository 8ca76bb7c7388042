#include "http/api/queue_name.hpp"

#include "actors/core/names.hpp"
#include "http/api/target.hpp"

namespace sluice::http {

Result<QueueName> read_queue_name(std::string_view text, std::string_view field) {
  QueueName name{std::string(text)};
  if (auto valid = core::check(name); !valid)
    return invalid(std::string(field), std::string(field) + ": " + valid.error().message);
  return name;
}

Result<QueueName> read_encoded_queue_name(std::string_view segment) {
  auto name = percent_decode(segment);
  return read_queue_name(name ? std::string_view(*name) : segment, "queueName");
}

} // namespace sluice::http
