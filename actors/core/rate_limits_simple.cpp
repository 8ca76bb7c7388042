// The short way of RateLimits::limit, and many calls at once. It must decide as the long one does; a test compares them.
#include <array>

#include "actors/core/rate_limits.hpp"

namespace sluice::core {

bool RateLimits::is_simple(const RegisteredLimit& limit, const LimitRequest& request) {
  return limit.is_simple && !request.config && !request.reserve && request.count >= 0 &&
         request.count <= limit.config->maximum();
}

void RateLimits::limit_simply(RateTime now, const RateLimitConfig& config, const RowId& id, RowHash hash,
                              const LimitRequest& request, LimitVerdict& verdict) {
  const auto* row = table_.find(id, hash);
  const auto basis = row ? *row : unused_state(config, now, random_, Compatibility::sane);
  // What was never used is full or has a `start`: with a refusal no start is lost that was drawn.
  const auto taken = decide_simply(basis, config, now, request.count, verdict);
  if (verdict.ok)
    write(id, row, taken, 0);
  verdict.would_refuse = request.dry_run && !verdict.ok;
  verdict.ok = verdict.ok || verdict.would_refuse;
}

Result<LimitVerdict> RateLimits::limit(RateTime now, std::string_view name, const LimitRequest& request) {
  const auto number = registry_.find(name);
  if (number && is_simple(registry_[*number], request)) {
    const RowId id{*number, request.key, 0};
    Result<LimitVerdict> result{LimitVerdict{}};
    limit_simply(now, *registry_[*number].config, id, table_.hash(id), request, *result);
    return result;
  }
  const auto planned = plan_call(name, request);
  return planned ? limit(now, name, request, *planned) : planned.error();
}

namespace {

// The rows of the next requests, on their way from memory while others are decided.
class RowsAhead {
public:
  RowsAhead(const RateLimitTable& table, LimitNumber limit, std::span<const LimitRequest> requests)
      : table_(table), limit_(limit), requests_(requests) {
    for (std::size_t index = 0; index < distance; ++index)
      fetch(index);
  }

  RowId id(std::size_t index) const { return {limit_, requests_[index].key, 0}; }

  /// One after the other.
  RowHash take(std::size_t index) {
    const auto hash = hashes_[index % distance];
    fetch(index + distance);
    return hash;
  }

private:
  // By then the memory has answered.
  static constexpr std::size_t distance = 16;

  void fetch(std::size_t index) {
    if (index >= requests_.size())
      return;
    const auto hash = hashes_[index % distance] = table_.hash(id(index));
    table_.prefetch(hash);
  }

  const RateLimitTable& table_;
  LimitNumber limit_;
  std::span<const LimitRequest> requests_;
  std::array<RowHash, distance> hashes_;
};

LimitRequest unthrown(LimitRequest request) {
  request.throws = false;
  return request;
}

} // namespace

std::vector<Result<LimitVerdict>> RateLimits::limit_many(RateTime now, std::string_view name,
                                                         std::span<const LimitRequest> requests) {
  std::vector<Result<LimitVerdict>> verdicts;
  verdicts.reserve(requests.size());
  const auto number = registry_.find(name);
  RowsAhead rows(table_, number.value_or(unknown), requests);
  for (std::size_t index = 0; index < requests.size(); ++index) {
    const auto& request = requests[index];
    const auto hash = rows.take(index);
    if (number && is_simple(registry_[*number], request))
      limit_simply(now, *registry_[*number].config, rows.id(index), hash, request,
                   *verdicts.emplace_back(LimitVerdict{}));
    else
      verdicts.push_back(limit(now, name, unthrown(request)));
  }
  return verdicts;
}

} // namespace sluice::core
