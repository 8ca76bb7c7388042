#include "http/api/json_queue.hpp"

#include "http/api/json_parsing.hpp"
#include "http/api/json_writing.hpp"
#include "http/api/queue_name.hpp"

namespace sluice::http {

namespace {

// The field, or null if it is absent.
const nlohmann::json& field(const nlohmann::json& object, const char* name) {
  static const nlohmann::json absent;
  auto found = object.find(name);
  return found == object.end() ? absent : *found;
}

Result<QueueName> read_name(const nlohmann::json& value) {
  if (!value.is_string())
    return wrong_type("queueName", "a string", value);
  return read_queue_name(value.get_ref<const std::string&>(), "queueName");
}

Result<std::optional<std::int64_t>> read_parallelism(const nlohmann::json& value) {
  if (value.is_null())
    return std::optional<std::int64_t>{};
  // An unsigned value that does not fit turns negative, and is refused as such.
  if (!value.is_number_integer() || value.get<std::int64_t>() < 1)
    return wrong_type("parallelism", "an integer of at least 1", value);
  return std::optional(value.get<std::int64_t>());
}

Result<std::optional<bool>> read_paused(const nlohmann::json& value) {
  if (value.is_null())
    return std::optional<bool>{};
  if (!value.is_boolean())
    return wrong_type("paused", "true or false", value);
  return std::optional(value.get<bool>());
}

Json to_json(const QueueInfo& info) {
  return {
      {"name", info.name.text},
      {"createdAt", info.created_at.time_since_epoch().count()},
      {"updatedAt", info.updated_at.time_since_epoch().count()},
      {"parallelism", info.parallelism},
      {"paused", info.paused},
      {"lag", info.lag},
  };
}

} // namespace

Result<QueueChange> read_queue_json(std::string_view text) {
  auto object = parse_json_object(text);
  if (!object)
    return object.error();
  auto name = read_name(field(*object, "queueName"));
  if (!name)
    return name.error();
  auto parallelism = read_parallelism(field(*object, "parallelism"));
  if (!parallelism)
    return parallelism.error();
  auto paused = read_paused(field(*object, "paused"));
  if (!paused)
    return paused.error();
  return QueueChange{std::move(*name), {*parallelism, *paused}};
}

std::string queue_json(const QueueInfo& info) { return dump(to_json(info)); }

std::string queues_json(const std::vector<QueueInfo>& infos) {
  return dump_list(infos, [](const auto& info) { return to_json(info); });
}

} // namespace sluice::http
