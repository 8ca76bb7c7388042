#include "http/api/rate_limit_headers.hpp"

#include <algorithm>
#include <cmath>

namespace sluice::http {

namespace {

bool is_plain(char c) { return c >= 0x20 && c <= 0x7e && c != '%'; }

void append_escaped(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += {'%', digits[byte >> 4], digits[byte & 0xf]};
}

// A string of RFC 8941 §3.3.3, which has no bytes beyond printable ASCII; as no two names may look the same, these are
// percent-encoded, and so is `%`.
std::string structured_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (!is_plain(c)) {
      append_escaped(out, c);
      continue;
    }
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + '"';
}

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
  const auto quoted = structured_string(name);
  auto state = quoted + ";r=" + whole(std::floor(answer.remaining));
  if (std::isfinite(answer.reset_after.count()))
    state += ";t=" + seconds(answer.reset_after);
  return {{"RateLimit", std::move(state)},
          {"RateLimit-Policy", quoted + ";q=" + whole(std::floor(answer.limit)) + ";w=" + seconds(answer.period)}};
}

} // namespace sluice::http
