#include "actors/core/number.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace sluice::core {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <class Number>
std::optional<Number> parse_digits(std::string_view text) {
  if (text.empty() || leading_digits(text) != text.size())
    return std::nullopt;
  Number number{};
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc{})
    return std::nullopt;
  return number;
}

// From the last digit to the first: rounding each step down rounds the sum down, so
// no digit is lost and no intermediate value exceeds `scale`.
std::int64_t scaled_fraction(std::string_view digits, std::int64_t scale) {
  std::int64_t sum = 0;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit)
    sum = ((*digit - '0') * scale + sum) / 10;
  return sum;
}

} // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) { return parse_digits<std::int64_t>(text); }

std::optional<std::uint64_t> parse_unsigned(std::string_view text) { return parse_digits<std::uint64_t>(text); }

std::size_t leading_digits(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
}

std::size_t leading_decimal(std::string_view text) {
  const auto whole = leading_digits(text);
  if (whole == 0 || whole == text.size() || text[whole] != '.')
    return whole;
  const auto fraction = leading_digits(text.substr(whole + 1));
  return fraction == 0 ? whole : whole + 1 + fraction;
}

std::optional<std::int64_t> parse_scaled(std::string_view text, std::int64_t scale) {
  if (text.empty() || leading_decimal(text) != text.size())
    return std::nullopt;
  const auto point = std::min(text.find('.'), text.size());
  const auto whole = parse_integer(text.substr(0, point));
  const auto fraction = point == text.size() ? 0 : scaled_fraction(text.substr(point + 1), scale);
  if (!whole || *whole > (std::numeric_limits<std::int64_t>::max() - fraction) / scale)
    return std::nullopt;
  return *whole * scale + fraction;
}

} // namespace sluice::core
