#include "http/api/rate_limit_headers.hpp"

#include <algorithm>
#include <cmath>

#include "actors/core/text.hpp"

namespace sluice::http {

namespace {

// The most that such a header may hold.
constexpr double most = 999'999'999'999'999;

std::string whole(double number) { return std::to_string(static_cast<std::int64_t>(std::clamp(number, 0.0, most))); }

std::string seconds(RateDuration duration) { return whole(std::ceil(duration.count() / 1000)); }

} // namespace

Headers retry_after_header(const std::optional<RateDuration>& retry_after) {
  if (!retry_after || !std::isfinite(retry_after->count()))
    return {};
  return {{"Retry-After", seconds(std::max(*retry_after, RateDuration{std::chrono::seconds{1}}))}};
}

Headers rate_limit_headers(std::string_view name, const LimitAnswer& answer) {
  const auto quoted = core::quoted(name);
  auto state = quoted + ";r=" + whole(std::floor(answer.remaining));
  if (std::isfinite(answer.reset_after.count()))
    state += ";t=" + seconds(answer.reset_after);
  return {{"RateLimit", std::move(state)},
          {"RateLimit-Policy", quoted + ";q=" + whole(std::floor(answer.limit)) + ";w=" + seconds(answer.period)}};
}

} // namespace sluice::http
