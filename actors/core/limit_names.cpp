#include "actors/core/limit_names.hpp"

#include "actors/core/text.hpp"

namespace sluice::core {

namespace {

constexpr std::size_t max_name = 256;
constexpr std::size_t max_key = 1024;

} // namespace

Result<void> check_limit_name(std::string_view name) {
  if (!name.empty() && name.size() <= max_name && !has_control(name))
    return {};
  return invalid("name", "name must be 1 to 256 bytes without control characters, not " + quoted(name) + " with " +
                             std::to_string(name.size()));
}

Result<void> check_bucket_key(const std::optional<std::string>& key) {
  if (!key || key->size() <= max_key)
    return {};
  return invalid("key", "key must be at most 1024 bytes, not " + std::to_string(key->size()));
}

} // namespace sluice::core
