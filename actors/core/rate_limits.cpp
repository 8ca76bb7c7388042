#include "actors/core/rate_limits.hpp"

#include <map>

#include "actors/core/limit_names.hpp"
#include "actors/core/rate_limit_simple.hpp"
#include "actors/core/rate_limit_validation.hpp"

namespace sluice::core {

namespace {

// The kinds of spec §3 read each other's states (§9).
bool is_of_spec(LimitKind kind) { return kind == LimitKind::token_bucket || kind == LimitKind::fixed_window; }

bool count_alike(LimitKind a, LimitKind b) { return a == b || (is_of_spec(a) && is_of_spec(b)); }

Error other_kind(LimitKind own, LimitKind given) {
  const auto accepted = is_of_spec(own) ? std::string("token bucket or fixed window") : std::string(name_of(own));
  return invalid("kind", "kind must be " + accepted + " for a limit that is defined as " + std::string(name_of(own)) +
                             ", not " + std::string(name_of(given)) + ".");
}

} // namespace

RateLimits::RateLimits(const NamedLimits& limits, RateLimiterOptions options)
    : random_(std::move(options.random)),
      compatibility_(options.compatibility),
      registry_(options.compatibility, options.hash_seed),
      table_(options.hash_seed),
      reservations_(options.max_reservations) {
  for (const auto& [name, config] : limits)
    registry_.define(name, config);
}

Result<void> RateLimits::define(std::string_view name, const RateLimitConfig& config) {
  if (auto checked = check_config(name, config, compatibility_); !checked)
    return checked.error();
  define_unchecked(name, config);
  return {};
}

void RateLimits::define_unchecked(std::string_view name, const RateLimitConfig& config) {
  if (begins_afresh(name, config))
    forget_buckets(*registry_.find(name));
  registry_.define(name, config);
}

bool RateLimits::begins_afresh(std::string_view name, const RateLimitConfig& config) const {
  const auto number = registry_.find(name);
  if (!number)
    return false;
  const auto& before = registry_[*number].own_config();
  return before && !count_alike(before->kind, config.kind);
}

Result<RateLimitConfig> RateLimits::config(std::string_view name) const {
  if (const auto* config = config_in_force(name, std::nullopt))
    return *config;
  return undefined_limit(name);
}

void RateLimits::drop(std::string_view name) { registry_.drop(name); }

const RateLimitConfig* RateLimits::config_in_force(std::string_view name,
                                                   const std::optional<RateLimitConfig>& config) const {
  if (config)
    return &*config;
  const auto number = registry_.find(name);
  return number && registry_[*number].config ? &*registry_[*number].config : nullptr;
}

Result<RateLimits::Plan> RateLimits::plan(std::string_view name, const std::optional<RateLimitConfig>& config) const {
  const auto number = registry_.find(name);
  if (config) {
    const auto shards = check_config(name, *config, compatibility_);
    const auto* own = number && registry_[*number].config ? &*registry_[*number].config : nullptr;
    if (own && !count_alike(own->kind, config->kind))
      return other_kind(own->kind, config->kind);
    return shards ? Result<Plan>(Plan{&*config, number.value_or(unknown), *shards, true}) : shards.error();
  }
  if (!number || !registry_[*number].config)
    return undefined_limit(name);
  const auto& limit = registry_[*number];
  return limit.shards ? Result<Plan>(Plan{&*limit.config, *number, *limit.shards, false}) : limit.shards.error();
}

// A call on an asynchronous limit does not see what its own transaction wrote (spec §8).
RowSource RateLimits::source(const RateLimitConfig& config) const {
  return {table_, config.is_asynchronous() && journal_.is_open() ? &journal_ : nullptr};
}

RateLimits::Call::Call(const Plan& plan, const LimitRequest& request, Compatibility compatibility)
    : share(plan.shards == 1 ? std::nullopt : std::optional{plan.share()}), checked{plan.row(request.key),
                                                                                    share ? *share : *plan.config,
                                                                                    plan.shards,
                                                                                    request.count,
                                                                                    request.reserve,
                                                                                    compatibility} {}

namespace {

// By far the most calls ask for what one bucket may hold.
bool is_plain(const LimitRequest& request, const RateLimitConfig& config, std::uint32_t shards) {
  return shards == 1 && !request.reserve && request.count >= 0 && request.count <= config.maximum();
}

// What each demand and those before it ask of its bucket. A gift to a full bucket is lost.
std::vector<double> running_sums(std::span<const LimitDemand> demands) {
  std::map<std::pair<std::string_view, std::optional<std::string_view>>, double> counts;
  std::vector<double> sums;
  for (const auto& [name, request] : demands) {
    auto& count = counts[{name, request.key}];
    sums.push_back(count = std::max(0.0, count + request.count));
  }
  return sums;
}

// Of a refusal, only what refused it binds: a reservation beside it did not come about.
void find_binding(CombinedVerdict& combined) {
  for (std::size_t i = 0; i < combined.verdicts.size(); ++i) {
    const auto& verdict = combined.verdicts[i];
    if (verdict.retry_after && verdict.ok == combined.ok &&
        (!combined.retry_after || *verdict.retry_after > *combined.retry_after)) {
      combined.retry_after = verdict.retry_after;
      combined.binding = i;
    }
  }
}

} // namespace

Result<RateLimits::Plan> RateLimits::plan_call(std::string_view name, const LimitRequest& request) const {
  auto planned = plan(name, request.config);
  if (!planned || is_plain(request, *planned->config, planned->shards))
    return planned;
  auto checked = check_count(name, *planned->config, planned->shards, request.count, request.reserve, compatibility_);
  if (!checked)
    planned = checked.error();
  return planned;
}

Result<LimitVerdict> RateLimits::limit(RateTime now, std::string_view name, const LimitRequest& request,
                                       const Plan& plan, Refusal refusal) {
  Result<LimitVerdict> result{LimitVerdict{}};
  auto& verdict = *result;
  const Call call(plan, request, compatibility_);
  const auto decision = decide(call.checked, now, source(*plan.config), random_);
  describe(decision, call.checked, now, verdict);
  if (!verdict.ok && refusal == Refusal::none)
    keep_starts(name, request, plan, decision);
  else if (!is_thrown(request, verdict))
    consume(now, name, request, plan, decision);
  admit_dry_run(request, verdict);
  return result;
}

Result<LimitVerdict> RateLimits::check(RateTime now, std::string_view name, const LimitRequest& request) const {
  const auto planned = plan_call(name, request);
  if (!planned)
    return planned.error();
  LimitVerdict verdict;
  const Call call(*planned, request, compatibility_);
  describe(decide(call.checked, now, source(*planned->config), random_), call.checked, now, verdict);
  admit_dry_run(request, verdict);
  return verdict;
}

void RateLimits::consume(RateTime now, std::string_view name, const LimitRequest& request, Plan plan,
                         const LimitDecision& decision) {
  if (plan.config->is_asynchronous()) {
    pending_.push_back({std::string(name), request.key ? std::optional<std::string>(*request.key) : std::nullopt,
                        *plan.config, request.count, now});
    return;
  }
  if (plan.number == unknown)
    plan.number = registry_.add(name);
  const auto writer = writer_of(plan);
  // To write a new row may move the others.
  const bool may_move = decision.is_first_chosen && decision.is_second_chosen;
  decision.for_each_chosen([&](const Share& share) {
    const auto row = plan.row(request.key, share.shard);
    may_move ? write(row, share.result.state, writer) : write(row, share.row, share.result.state, writer);
  });
}

void RateLimits::prefetch(std::string_view name, std::optional<std::string_view> key) const {
  if (const auto number = registry_.find(name))
    table_.prefetch(table_.hash({*number, key, 0}));
}

// Without it the next call would draw another start, and the wait that this one was told
// would be wrong (spec §11.8).
void RateLimits::keep_starts(std::string_view name, const LimitRequest& request, Plan plan,
                             const LimitDecision& decision) {
  const auto& config = *plan.config;
  if (compatibility_ == Compatibility::reference || config.kind != LimitKind::fixed_window || config.start ||
      config.is_asynchronous())
    return;
  plan.number = registry_.add(name);
  decision.for_each_chosen([&](const Share& share) {
    if (!share.row)
      write(plan.row(request.key, share.shard), share.unused, writer_of(plan));
  });
}

// What one bucket could never hold, it can never grant together (spec §5).
Result<void> RateLimits::check_together(std::span<const LimitDemand> demands, std::span<const double> sums) const {
  for (std::size_t i = 0; i < demands.size(); ++i) {
    const auto& [name, request] = demands[i];
    const auto planned = plan(name, request.config);
    if (!planned)
      return planned.error();
    for (const auto count : {request.count, sums[i]}) {
      if (auto checked = check_count(name, *planned->config, planned->shards, count, request.reserve, compatibility_);
          !checked)
        return checked;
    }
  }
  return {};
}

CombinedVerdict RateLimits::try_all(RateTime now, std::span<const LimitDemand> demands) {
  CombinedVerdict combined{true, {}, {}, {}};
  for (const auto& demand : demands) {
    auto request = demand.request;
    request.throws = request.dry_run = false;
    const auto planned = plan(demand.name, request.config);
    combined.verdicts.push_back(*limit(now, demand.name, request, *planned, Refusal::debt));
    combined.ok = combined.ok && combined.verdicts.back().ok;
  }
  return combined;
}

Result<CombinedVerdict> RateLimits::limit_all(RateTime now, std::span<const LimitDemand> demands) {
  const auto sums = running_sums(demands);
  if (auto checked = check_together(demands, sums); !checked)
    return checked.error();
  const auto savepoint = open_transaction();
  auto combined = try_all(now, demands);
  if (combined.ok) {
    commit();
  } else {
    const auto starts = drawn_starts(savepoint);
    roll_back(savepoint);
    for (const auto& row : starts)
      load(row);
    tell_waits_together(now, demands, sums, combined);
  }
  find_binding(combined);
  return combined;
}

// A sliding window forgets what was taken now in another way than what was taken before: so how long all demands
// for one bucket have to wait is what one call for their sum has to.
void RateLimits::tell_waits_together(RateTime now, std::span<const LimitDemand> demands, std::span<const double> sums,
                                     CombinedVerdict& combined) const {
  for (std::size_t i = 0; i < demands.size(); ++i) {
    auto together = demands[i].request;
    if (combined.verdicts[i].ok || sums[i] == together.count)
      continue;
    together.count = sums[i];
    together.dry_run = false;
    if (const auto verdict = check(now, demands[i].name, together); verdict && verdict->retry_after)
      combined.verdicts[i].retry_after = verdict->retry_after;
  }
}

void RateLimits::reset(std::string_view name, const ResetRequest& request) {
  const auto key = request.key ? std::optional<std::string>(*request.key) : std::nullopt;
  if (const auto* config = config_in_force(name, request.config); config && config->is_asynchronous()) {
    pending_.push_back({std::string(name), key, {}, 0, {}});
    return;
  }
  reservations_.drop(std::string(name), key);
  const auto number = registry_.find(name);
  if (!number)
    return;
  for (std::uint32_t shard = 0; shard < registry_[*number].shards_used; ++shard)
    erase({*number, request.key, shard});
}

void RateLimits::apply_pending() {
  while (!pending_.empty())
    apply_batch(std::min(pending_.size(), max_pending_batch));
}

void RateLimits::apply_batch(std::size_t count) {
  std::map<std::pair<std::string, std::optional<std::string>>, PendingBucket> buckets;
  for (; count > 0; --count) {
    const auto update = std::move(pending_.front());
    pending_.pop_front();
    if (journal_.is_open())
      applied_.push_back(update);
    const RowId id{registry_.add(update.name), update.key, 0};
    auto& bucket = buckets.try_emplace({update.name, update.key}, table_.find(id)).first->second;
    bucket.apply(update, random_);
  }
  for (const auto& [name_and_key, bucket] : buckets) {
    const RowId id{registry_.add(name_and_key.first), name_and_key.second, 0};
    if (bucket.state())
      write(id, *bucket.state(), unknown_config);
    else
      erase(id);
  }
}

} // namespace sluice::core
