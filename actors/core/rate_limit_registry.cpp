#include "actors/core/rate_limit_registry.hpp"

#include "actors/core/rate_limit_validation.hpp"

namespace sluice::core {

std::optional<LimitNumber> RateLimitRegistry::find(std::string_view name) const {
  const auto found = numbers_.find(name);
  return found == numbers_.end() ? std::nullopt : std::optional{found->second};
}

LimitNumber RateLimitRegistry::add(std::string_view name) {
  if (const auto number = find(name))
    return *number;
  const auto number = static_cast<LimitNumber>(limits_.size());
  limits_.push_back({std::string(name), {}, 1, 0});
  numbers_.emplace(name, number);
  return number;
}

void RateLimitRegistry::define(std::string_view name, const RateLimitConfig& config) {
  auto& limit = limits_[add(name)];
  limit.config = config;
  limit.shards = check_config(name, config, compatibility_);
}

} // namespace sluice::core
