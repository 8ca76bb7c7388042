// The short way of RateLimits::limit. It must decide as the long one does; a test compares them.
#include "actors/core/rate_limits.hpp"

namespace sluice::core {

bool RateLimits::is_simple(const RegisteredLimit& limit, const LimitRequest& request) {
  return limit.is_simple && !request.config && !request.reserve && request.count >= 0 &&
         request.count <= limit.config->maximum();
}

Result<LimitVerdict> RateLimits::limit_simply(RateTime now, LimitNumber number, const LimitRequest& request) {
  Result<LimitVerdict> result{LimitVerdict{}};
  auto& verdict = *result;
  const auto& config = *registry_[number].config;
  const RowId id{number, request.key, 0};
  const auto* row = table_.find(id);
  const auto basis = row ? *row : unused_state(config, now, random_, Compatibility::sane);
  // What was never used is full or has a `start`: with a refusal no start is lost that was drawn.
  const auto taken = decide_simply(basis, config, now, request.count, verdict);
  if (verdict.ok)
    write(id, row, taken, 0);
  verdict.would_refuse = request.dry_run && !verdict.ok;
  verdict.ok = verdict.ok || verdict.would_refuse;
  return result;
}

} // namespace sluice::core
