#include "actors/core/rate_limit_registry.hpp"

#include <algorithm>
#include <utility>

#include "actors/core/rate_limit_decision.hpp"
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
  const auto number = new_number(name);
  if (limits_.size() * 2 > numbers_.size())
    grow();
  else
    numbers_[place_of(name)] = number;
  return number;
}

LimitNumber RateLimitRegistry::new_number(std::string_view name) {
  if (free_.empty()) {
    limits_.push_back({.name = std::string(name)});
    return static_cast<LimitNumber>(limits_.size() - 1);
  }
  const auto number = free_.back();
  free_.pop_back();
  limits_[number] = {.name = std::string(name)};
  return number;
}

void RateLimitRegistry::grow() {
  numbers_.assign(numbers_.size() * 2, none);
  for (LimitNumber number = 0; number < limits_.size(); ++number) {
    if (!is_free(number))
      numbers_[place_of(limits_[number].name)] = number;
  }
}

// Moves the names behind up, so that no search ends early at the gap.
void RateLimitRegistry::forget(LimitNumber number) {
  const auto mask = numbers_.size() - 1;
  auto place = place_of(limits_[number].name);
  for (auto next = (place + 1) & mask; numbers_[next] != none; next = (next + 1) & mask) {
    const auto wanted = text_hash_(limits_[numbers_[next]].name) & mask;
    if (((next - wanted) & mask) < ((next - place) & mask))
      continue;
    numbers_[place] = numbers_[next];
    place = next;
  }
  numbers_[place] = none;
  limits_[number] = {.is_free = true};
  free_.push_back(number);
}

ConfigNumber RateLimitRegistry::writer(LimitNumber limit, const RateLimitConfig& config) {
  auto& writers = limits_[limit].writers;
  const auto found =
      std::find_if(writers.begin(), writers.end(), [&](const auto& each) { return each.config == config; });
  if (found == writers.end() && writers.size() + 1 >= unknown_config)
    return unknown_config;
  const auto number = static_cast<ConfigNumber>(found - writers.begin() + 1);
  if (found == writers.end()) {
    const auto shards = check_config(limits_[limit].name, config, compatibility_);
    writers.push_back({config, shards ? *shards : 1});
  }
  return number;
}

std::optional<RateLimitConfig> RateLimitRegistry::share_of_writer(LimitNumber number, ConfigNumber writer) const {
  const auto& limit = limits_[number];
  if (writer == unknown_config)
    return std::nullopt;
  if (writer != 0)
    return share_of(limit.writers[writer - 1].config, limit.writers[writer - 1].shards);
  const auto& own = limit.own_config();
  return own && limit.shards ? std::optional(share_of(*own, *limit.shards)) : std::nullopt;
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
