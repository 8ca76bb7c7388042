// What RateLimits shows of a bucket without deciding anything.
#include <algorithm>
#include <cmath>

#include "actors/core/rate_limit_arithmetic.hpp"
#include "actors/core/rate_limit_validation.hpp"
#include "actors/core/rate_limits.hpp"

namespace sluice::core {

namespace {

struct Sample {
  std::uint32_t shard;
  LimitState state;
};

std::vector<std::uint32_t> draw_shards(double shards, double wanted, const RandomDraws& random) {
  std::vector<std::uint32_t> left(static_cast<std::size_t>(std::max(shards, 0.0)));
  for (std::size_t i = 0; i < left.size(); ++i)
    left[i] = static_cast<std::uint32_t>(i);
  std::vector<std::uint32_t> drawn;
  for (double i = 0; i < std::min(wanted, shards) && !left.empty(); ++i) {
    const auto at = std::floor(random(Draw::sample) * static_cast<double>(left.size()));
    const auto chosen = left.begin() + static_cast<std::ptrdiff_t>(at);
    drawn.push_back(*chosen);
    left.erase(chosen);
  }
  return drawn;
}

// Of equals the later one.
const Sample& fullest(const std::vector<Sample>& samples, const RateLimitConfig& config) {
  auto latest = samples.front().state.as_of;
  for (const auto& sample : samples)
    latest = std::max(latest, sample.state.as_of);
  const auto value = [&](const Sample& sample) { return calculate(sample.state, config, latest, 0).balance; };
  const auto* best = &samples.front();
  for (const auto& sample : samples)
    best = value(*best) > value(sample) ? best : &sample;
  return *best;
}

bool needs_start(const RateLimitConfig& config) {
  return config.kind == LimitKind::fixed_window && (!config.start || config.start->time_since_epoch().count() == 0);
}

} // namespace

Result<LimitValue> RateLimits::get_value(std::string_view name, const ValueRequest& request) const {
  auto planned = plan(name, request.config);
  if (!planned && planned.error().field == "shards" && compatibility_ == Compatibility::reference) {
    const auto* config = config_in_force(name, request.config);
    if (!config->is_asynchronous())
      return invalid("shards", "Reduce of empty array with no initial value");
  }
  if (!planned)
    return planned.error();
  return sampled_value(*planned, request);
}

Result<LimitValue> RateLimits::sampled_value(const Plan& plan, const ValueRequest& request) const {
  const auto shards = static_cast<double>(plan.shards);
  const auto wanted = request.sample_shards.value_or(1);
  const bool is_reference = compatibility_ == Compatibility::reference;
  // The reference takes 0 for 1.
  const auto drawn = draw_shards(shards, is_reference && (wanted == 0 || std::isnan(wanted)) ? 1 : wanted, random_);
  if (drawn.empty())
    return invalid("sampleShards", is_reference ? "Reduce of empty array with no initial value"
                                                : "At least one shard must be sampled.");
  auto config = is_reference ? *plan.config : plan.share();
  config.capacity = config.kind == LimitKind::sliding_window ? std::nullopt : std::optional{config.maximum()};
  config.shards = is_reference ? shards : 1;
  std::vector<Sample> samples;
  for (const auto shard : drawn) {
    const auto* state = source(config).find(plan.row(request.key, shard));
    samples.push_back({shard, state ? *state : LimitState{config.maximum(), RateTime{}, 0}});
  }
  const auto& best = fullest(samples, config);
  if (needs_start(config))
    config.start = best.state.as_of;
  return LimitValue{best.state.value, best.state.as_of, best.shard, config};
}

Result<LimitStatus> RateLimits::peek(RateTime now, std::string_view name, const PeekRequest& request) const {
  const auto planned = plan(name, request.config);
  if (!planned)
    return planned.error();
  if (auto checked = check_amount("count", request.count, -max_amount); !checked)
    return checked.error();
  const auto share = planned->share();
  LimitStatus status{planned->config->maximum(), 0, {}, std::nullopt};
  std::optional<RateDuration> shortest;
  for (std::uint32_t shard = 0; shard < planned->shards; ++shard) {
    const auto* state = table_.find(planned->row(request.key, shard));
    const auto basis = state ? *state : unused_state(share, now, random_, compatibility_);
    const auto idle = advance(basis, share, now, 0, compatibility_);
    status.remaining += std::max(0.0, idle.balance);
    const auto moment = moment_of(basis, now, compatibility_);
    status.reset_after = std::max(status.reset_after, time_to_full(idle, share, now, moment));
    const auto wait = advance(basis, share, now, request.count, compatibility_).retry_after.value_or(RateDuration{});
    shortest = std::min(shortest.value_or(wait), wait);
  }
  if (shortest > RateDuration::zero())
    status.retry_after = shortest;
  return status;
}

} // namespace sluice::core
