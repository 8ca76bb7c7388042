// The short way of RateLimits::limit, and many calls at once. It must decide as the long one does; a test compares them.
#include <algorithm>
#include <array>

#include "actors/core/rate_limit_simple.hpp"
#include "actors/core/rate_limits.hpp"

namespace sluice::core {

bool RateLimits::is_simple(const RegisteredLimit& limit, const LimitRequest& request) {
  return limit.is_simple && !request.config && !request.reserve && request.count >= 0 &&
         request.count <= limit.config->maximum();
}

void RateLimits::limit_simply(RateTime now, const RateLimitConfig& config, const RowId& id, const LimitState* row,
                              const LimitRequest& request, LimitVerdict& verdict) {
  const auto basis = row ? *row : unused_state(config, now, random_, Compatibility::sane);
  // What was never used is full or has a `start`: with a refusal no start is lost that was drawn.
  const auto taken = decide_simply(basis, config, now, request.count, verdict);
  if (verdict.ok)
    write(id, row, taken, 0);
  admit_dry_run(request, verdict);
}

Result<LimitVerdict> RateLimits::limit(RateTime now, std::string_view name, const LimitRequest& request) {
  const auto number = registry_.find(name);
  if (number && is_simple(registry_[*number], request)) {
    const RowId id{*number, request.key, 0};
    Result<LimitVerdict> result{LimitVerdict{}};
    limit_simply(now, *registry_[*number].config, id, table_.find(id, table_.hash(id)), request, *result);
    return result;
  }
  const auto planned = plan_call(name, request);
  return planned ? limit(now, name, request, *planned) : planned.error();
}

namespace {

// The rows of the next keys, on their way from memory while others are decided. They are asked for in bursts: one
// after each decision hides less of the wait.
class RowsAhead {
public:
  RowsAhead(const RateLimitTable& table, LimitNumber limit, std::span<const std::string_view> keys)
      : table_(table), limit_(limit), keys_(keys), has_long_keys_(!std::ranges::all_of(keys, RowKey::is_inline)) {
    fetch_rows(0);
    fetch_rows(burst);
    fetch_texts(0);
  }

  RowId id(std::size_t index) const { return {limit_, keys_[index], 0}; }

  /// For one index after the other.
  const LimitState* find(std::size_t index) {
    if (index % burst == 0) {
      fetch_rows(index + 2 * burst);
      fetch_texts(index + burst);
    }
    return table_.find(id(index), hints_[index % hints_.size()]);
  }

private:
  /// About as many as the processor can wait for at a time.
  static constexpr std::size_t burst = 16;

  std::size_t end_of(std::size_t begin) const { return std::min(begin + burst, keys_.size()); }

  void fetch_rows(std::size_t begin) {
    std::array<RowHash, burst> hashes{};
    for (auto index = begin; index < end_of(begin); ++index)
      hashes[index - begin] = table_.hash(id(index));
    for (auto index = begin; index < end_of(begin); ++index)
      hints_[index % hints_.size()] = table_.prefetch(hashes[index - begin]);
  }

  // Where the text of a long key is, its row says, which has come meanwhile.
  void fetch_texts(std::size_t begin) {
    for (auto index = begin; has_long_keys_ && index < end_of(begin); ++index)
      table_.prefetch_text(hints_[index % hints_.size()]);
  }

  const RateLimitTable& table_;
  LimitNumber limit_;
  std::span<const std::string_view> keys_;
  bool has_long_keys_;
  std::array<RowHint, 4 * burst> hints_;
};

} // namespace

void RateLimits::limit_many_simply(RateTime now, LimitNumber limit, std::span<const std::string_view> keys,
                                   const LimitRequest& request, std::span<LimitVerdict> verdicts) {
  const auto& config = *registry_[limit].config;
  RowsAhead rows(table_, limit, keys);
  for (std::size_t index = 0; index < keys.size(); ++index)
    limit_simply(now, config, rows.id(index), rows.find(index), request, verdicts[index]);
}

Result<std::vector<LimitVerdict>> RateLimits::limit_many(RateTime now, std::string_view name,
                                                         std::span<const std::string_view> keys, LimitRequest request) {
  request.throws = false;
  if (const auto planned = plan_call(name, request); !planned)
    return planned.error();
  std::vector<LimitVerdict> verdicts(keys.size());
  if (const auto number = registry_.find(name); number && is_simple(registry_[*number], request)) {
    limit_many_simply(now, *number, keys, request, verdicts);
    return verdicts;
  }
  for (std::size_t index = 0; index < keys.size(); ++index) {
    request.key = keys[index];
    verdicts[index] = *limit(now, name, request);
  }
  return verdicts;
}

} // namespace sluice::core
