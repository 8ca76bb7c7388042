#include "actors/core/retry_after.hpp"

#include <algorithm>
#include <string_view>

#include "actors/core/characters.hpp"
#include "actors/core/go_duration.hpp"
#include "actors/core/number.hpp"

namespace sluice::core {

namespace {

using namespace std::chrono;

constexpr std::string_view header_names[] = {"Retry-After", "X-RateLimit-Reset", "X-RateLimit-Reset-Requests",
                                             "X-RateLimit-Reset-Tokens"};
constexpr std::size_t max_value_size = 64; // No wait of a day needs more.

std::optional<Duration> scaled(std::string_view number, Duration unit) {
  const auto count = parse_scaled(number, unit.count());
  if (!count || Duration{*count} > max_retry_after)
    return std::nullopt;
  return Duration{*count};
}

// The place of a three-letter name in a list of them; -1 if it is not there.
int index_of(std::string_view names, std::string_view name) {
  const auto place = names.find(name);
  return place == std::string_view::npos || place % 3 != 0 ? -1 : static_cast<int>(place / 3);
}

// Reads `Sun, 06 Nov 1994 08:49:37 GMT`, every character in its place.
class HttpDate {
public:
  static std::optional<sys_seconds> parse(std::string_view text) {
    constexpr std::string_view shape = "Aaa, 00 Aaa 0000 00:00:00 GMT";
    const bool fits = std::equal(text.begin(), text.end(), shape.begin(), shape.end(), [](char c, char model) {
      return model == '0' ? c >= '0' && c <= '9' : model == 'A' || model == 'a' || c == model;
    });
    return fits ? HttpDate(text).read() : std::nullopt;
  }

private:
  explicit HttpDate(std::string_view text) : text_(text) {}

  int number(std::size_t place, std::size_t size) const {
    return static_cast<int>(parse_integer(text_.substr(place, size)).value_or(0));
  }

  std::optional<sys_seconds> read() const;

  std::string_view text_;
};

std::optional<sys_seconds> HttpDate::read() const {
  const auto weekday = index_of("MonTueWedThuFriSatSun", text_.substr(0, 3));
  const auto months = index_of("JanFebMarAprMayJunJulAugSepOctNovDec", text_.substr(8, 3));
  const year_month_day date{year{number(12, 4)}, month(static_cast<unsigned>(months + 1)),
                            day(static_cast<unsigned>(number(5, 2)))};
  const hours hour{number(17, 2)};
  const minutes minute{number(20, 2)};
  const seconds second{number(23, 2)};
  // 60 is a leap second (RFC 9110 §5.6.7).
  if (weekday < 0 || !date.ok() || hour > 23h || minute > 59min || second > 60s)
    return std::nullopt;
  return sys_days(date) + hour + minute + second;
}

std::optional<Duration> until(sys_seconds date, WallTime now) {
  const auto wait = std::max(date - now, milliseconds{0});
  // In milliseconds: a far date does not fit a count of nanoseconds.
  if (wait > duration_cast<milliseconds>(max_retry_after))
    return std::nullopt;
  return Duration{wait};
}

std::optional<Duration> read_wait(std::string_view text, WallTime now) {
  text = trim_blanks(text);
  if (text.empty() || text.size() > max_value_size)
    return std::nullopt;
  if (leading_decimal(text) == text.size())
    return scaled(text, 1s);
  if (const auto date = HttpDate::parse(text))
    return until(*date, now);
  return parse_go_duration(text, max_retry_after);
}

} // namespace

std::optional<Duration> retry_after(const Headers& response_headers, WallTime now) {
  for (auto name : header_names)
    for (const auto& header : response_headers)
      if (equals_ignoring_case(header.name, name))
        if (const auto wait = read_wait(header.value, now))
          return wait;
  return std::nullopt;
}

} // namespace sluice::core
