#include "actors/core/rate_limit_registry.hpp"

#include <utility>

#include "actors/core/rate_limit_validation.hpp"

namespace sluice::core {

RateLimitRegistry::RateLimitRegistry(Compatibility compatibility, std::uint64_t hash_seed)
    : compatibility_(compatibility), text_hash_(hash_seed), numbers_(8, none) {}

std::size_t RateLimitRegistry::place_of(std::string_view name) const {
  const auto mask = numbers_.size() - 1;
  auto place = text_hash_(name) & mask;
  while (numbers_[place] != none && !is_same_text(limits_[numbers_[place]].name, name))
    place = (place + 1) & mask;
  return place;
}

std::optional<LimitNumber> RateLimitRegistry::find(std::string_view name) const {
  const auto number = numbers_[place_of(name)];
  return number == none ? std::nullopt : std::optional{number};
}

LimitNumber RateLimitRegistry::add(std::string_view name) {
  if (const auto number = find(name))
    return *number;
  if ((limits_.size() + 1) * 2 > numbers_.size())
    grow();
  const auto number = static_cast<LimitNumber>(limits_.size());
  numbers_[place_of(name)] = number;
  limits_.push_back({.name = std::string(name)});
  return number;
}

void RateLimitRegistry::grow() {
  numbers_.assign(numbers_.size() * 2, none);
  for (LimitNumber number = 0; number < limits_.size(); ++number)
    numbers_[place_of(limits_[number].name)] = number;
}

void RateLimitRegistry::define(std::string_view name, const RateLimitConfig& config) {
  auto& limit = limits_[add(name)];
  limit.config = config;
  limit.shards = check_config(name, config, compatibility_);
  limit.is_simple =
      compatibility_ == Compatibility::sane && limit.shards && *limit.shards == 1 && !config.is_asynchronous();
}

void RateLimitRegistry::drop(std::string_view name) {
  const auto number = find(name);
  if (!number || !limits_[*number].config)
    return;
  limits_[*number].last_config = std::exchange(limits_[*number].config, std::nullopt);
  limits_[*number].is_simple = false;
}

} // namespace sluice::core
