// The handles of RateLimits: reserve, settle, and give back.
#include <algorithm>

#include "actors/core/rate_limit_validation.hpp"
#include "actors/core/rate_limits.hpp"

namespace sluice::core {

namespace {

OpenReservation opened(std::string_view name, const ReserveRequest& request, const LimitDecision& decision,
                       RateLimitConfig share, RateTime run_at) {
  OpenReservation open;
  open.name = name;
  if (request.key)
    open.key = *request.key;
  open.share = std::move(share);
  decision.for_each_chosen([&](const Share& share) { open.parts.push_back({share.shard, share.count}); });
  open.count = request.count;
  open.expires_at = run_at + request.hold;
  return open;
}

Result<void> check_handle(const ReserveRequest& request, const RateLimitConfig& config) {
  if (auto checked = check_amount("count", request.count); !checked)
    return checked;
  if (!(request.hold.count() >= 0))
    return invalid("hold", "The time to hold a reservation cannot be below 0.");
  if (config.is_asynchronous())
    return invalid("name", "A limit that applies updates asynchronously has no reservation handles.");
  return {};
}

} // namespace

Result<Reservation> RateLimits::reserve(RateTime now, std::string_view name, const ReserveRequest& request,
                                        bool in_memory) {
  reservations_.drop_expired(now);
  if (reservations_.is_full())
    return Error{ErrorCode::overloaded, "Too many reservations are open."};
  LimitRequest as_limit;
  as_limit.key = request.key;
  as_limit.count = request.count;
  as_limit.reserve = true;
  as_limit.config = request.config;
  const auto planned = plan_call(name, as_limit);
  if (!planned)
    return planned.error();
  if (const auto checked = check_handle(request, *planned->config); !checked)
    return checked.error();
  const Call call(*planned, as_limit, compatibility_);
  const auto decision = decide(call.checked, now, source(*planned->config), random_);
  LimitVerdict verdict;
  describe(decision, call.checked, now, verdict);
  if (!verdict.ok)
    return Reservation{{}, now, verdict};
  consume(now, name, as_limit, *planned, decision);
  const auto run_at = now + verdict.retry_after.value_or(RateDuration::zero());
  auto open = opened(name, request, decision, call.checked.config, run_at);
  open.in_memory = in_memory;
  const auto id = reservations_.add(std::move(open));
  return Reservation{id, run_at, verdict};
}

Result<bool> RateLimits::settle(RateTime now, ReservationId id, double used) {
  if (auto checked = check_amount("used", used); !checked)
    return checked.error();
  reservations_.drop_expired(now);
  const auto reservation = reservations_.take(id);
  if (!reservation)
    return false;
  const auto number = registry_.add(reservation->name);
  for (const auto& part : reservation->parts) {
    const auto portion = reservation->count == 0 ? 1.0 / static_cast<double>(reservation->parts.size())
                                                 : part.count / reservation->count;
    const RowId row{number, reservation->key, part.shard};
    charge(now, row, share_in_force(row).value_or(reservation->share), (used - reservation->count) * portion);
  }
  return true;
}

Result<void> RateLimits::credit(RateTime now, std::string_view name, double count, const ValueRequest& request) {
  const auto planned = plan(name, request.config);
  if (!planned)
    return planned.error();
  if (auto checked = check_amount("count", count); !checked)
    return checked;
  const auto share = planned->share();
  for (std::uint32_t shard = 0; shard < planned->shards && count > 0; ++shard) {
    const auto id = planned->row(request.key, shard);
    const auto* state = table_.find(id);
    if (!state)
      continue;
    const auto balance = advance(*state, share, now, 0, compatibility_).balance;
    const auto given = std::clamp(share.maximum() - balance, 0.0, count);
    charge(now, id, share, -given);
    count -= given;
  }
  return {};
}

// By what wrote it last it goes on.
std::optional<RateLimitConfig> RateLimits::share_in_force(const RowId& id) const {
  const auto* row = table_.find(id);
  return row ? registry_.share_of_writer(id.limit, table_.writer(*row)) : std::nullopt;
}

void RateLimits::charge(RateTime now, const RowId& id, const RateLimitConfig& share, double count) {
  const auto* state = table_.find(id);
  // An unused bucket is full: there is nothing to give back to.
  if (count == 0 || (!state && count < 0))
    return;
  const auto basis = state ? *state : unused_state(share, now, random_, compatibility_);
  auto charged = advance(basis, share, now, count, compatibility_).state;
  charged.value = std::min(charged.value, share.maximum());
  write(id, state, charged, state ? table_.writer(*state) : unknown_config);
}

} // namespace sluice::core
