#include "sluice/rate_limiter.hpp"

#include <cassert>
#include <utility>

#include "actors/core/rate_limits.hpp"

namespace sluice {

class RateLimiter::Impl {
public:
  Impl(const NamedLimits& limits, RateLimiterOptions options)
      : clock(std::move(options.clock)), limits(limits, std::move(options)) {}

  RateTime now() const { return frozen_now ? *frozen_now : clock(); }

  RateClock clock;
  core::RateLimits limits;
  std::optional<RateTime> frozen_now; ///< While a transaction is open.
};

RateLimited::RateLimited(std::string_view name, RateDuration retry_after)
    : std::runtime_error("Rate limit " + std::string(name) + " exceeded"), name_(name), retry_after_(retry_after) {}

namespace {

Result<LimitVerdict> or_throw(std::string_view name, const LimitRequest& request, Result<LimitVerdict> verdict) {
  if (verdict && core::is_thrown(request, *verdict))
    throw RateLimited(name, *verdict->retry_after);
  return verdict;
}

} // namespace

RateLimiter::RateLimiter(const NamedLimits& limits, RateLimiterOptions options)
    : impl_(std::make_unique<Impl>(limits, std::move(options))) {}
RateLimiter::RateLimiter(RateLimiter&&) noexcept = default;
RateLimiter& RateLimiter::operator=(RateLimiter&&) noexcept = default;
RateLimiter::~RateLimiter() = default;

Result<void> RateLimiter::define(std::string_view name, const RateLimitConfig& config) {
  return impl_->limits.define(name, config);
}

Result<RateLimitConfig> RateLimiter::config(std::string_view name) const { return impl_->limits.config(name); }

Result<LimitVerdict> RateLimiter::limit(std::string_view name, const LimitRequest& request) {
  return or_throw(name, request, impl_->limits.limit(impl_->now(), name, request));
}

Result<std::vector<LimitVerdict>> RateLimiter::limit_many(std::string_view name, std::span<const std::string_view> keys,
                                                          const LimitRequest& request) {
  return impl_->limits.limit_many(impl_->now(), name, keys, request);
}

Result<LimitVerdict> RateLimiter::check(std::string_view name, const LimitRequest& request) const {
  return or_throw(name, request, impl_->limits.check(impl_->now(), name, request));
}

void RateLimiter::prefetch(std::string_view name, std::optional<std::string_view> key) const {
  impl_->limits.prefetch(name, key);
}

Result<CombinedVerdict> RateLimiter::limit_all(std::span<const LimitDemand> demands) {
  return impl_->limits.limit_all(impl_->now(), demands);
}

void RateLimiter::reset(std::string_view name, const ResetRequest& request) { impl_->limits.reset(name, request); }

Result<void> RateLimiter::credit(std::string_view name, double count, const ValueRequest& request) {
  return impl_->limits.credit(impl_->now(), name, count, request);
}

Result<LimitValue> RateLimiter::get_value(std::string_view name, const ValueRequest& request) const {
  return impl_->limits.get_value(name, request);
}

Result<LimitStatus> RateLimiter::peek(std::string_view name, const PeekRequest& request) const {
  return impl_->limits.peek(impl_->now(), name, request);
}

Result<Reservation> RateLimiter::reserve(std::string_view name, const ReserveRequest& request) {
  return impl_->limits.reserve(impl_->now(), name, request);
}

Result<bool> RateLimiter::commit(ReservationId id, double used) { return impl_->limits.settle(impl_->now(), id, used); }

bool RateLimiter::cancel(ReservationId id) { return impl_->limits.settle(impl_->now(), id, 0).value(); }

std::size_t RateLimiter::open_reservations() const { return impl_->limits.open_reservations(); }

RateLimiter::Transaction RateLimiter::begin() { return begin_at(impl_->now()); }
RateLimiter::Transaction RateLimiter::begin_at(RateTime now) { return Transaction(*impl_, now); }

void RateLimiter::apply_pending() { impl_->limits.apply_pending(); }

std::vector<LimitRow> RateLimiter::rows() const { return impl_->limits.rows(); }
std::vector<LimitRow> RateLimiter::rows(std::string_view name, std::optional<std::string_view> key) const {
  return impl_->limits.rows(name, key);
}
std::size_t RateLimiter::row_count() const { return impl_->limits.row_count(); }
void RateLimiter::load(const LimitRow& row) { impl_->limits.load(row); }
void RateLimiter::clear() { impl_->limits.clear(); }
std::size_t RateLimiter::evict_idle(std::size_t places) {
  const auto evicted = impl_->limits.evict_idle(impl_->now(), places);
  if (!impl_->frozen_now)
    impl_->limits.forget_names(places);
  return evicted;
}

struct RateLimiter::Transaction::Savepoint {
  core::RateLimits::Savepoint limits;
};

RateLimiter::Transaction::Transaction(Impl& limiter, RateTime now)
    : limiter_(limiter),
      savepoint_(new Savepoint{limiter.limits.open_transaction()}),
      outer_now_(std::exchange(limiter.frozen_now, now)) {}

RateLimiter::Transaction::~Transaction() {
  if (!open_)
    return;
  limiter_.limits.roll_back(savepoint_->limits);
  limiter_.frozen_now = outer_now_;
}

void RateLimiter::Transaction::commit() {
  assert(open_);
  open_ = false;
  limiter_.limits.commit();
  limiter_.frozen_now = outer_now_;
}

std::vector<LimitRowChange> RateLimiter::Transaction::changes() const {
  return limiter_.limits.changes(savepoint_->limits);
}

} // namespace sluice
