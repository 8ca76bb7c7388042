#include "actors/core/rate_limit_text.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace sluice::core {

namespace {

// From where on JavaScript writes an exponent.
constexpr int first_large_exponent = 21;
constexpr int last_small_exponent = -7;

// 0.digits · 10^point
struct Decimal {
  std::string digits;
  int point = 0;
};

Decimal shortest(double magnitude) {
  std::array<char, 32> buffer;
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), magnitude, std::chars_format::scientific);
  const std::string text(buffer.data(), end.ptr);
  const auto e = text.find('e');
  auto digits = text.substr(0, e);
  std::erase(digits, '.');
  return {digits, std::stoi(text.substr(e + 1)) + 1};
}

std::string with_exponent(const Decimal& decimal) {
  auto text = decimal.digits.substr(0, 1);
  if (decimal.digits.size() > 1)
    text += '.' + decimal.digits.substr(1);
  const auto exponent = decimal.point - 1;
  return text + (exponent < 0 ? "e-" : "e+") + std::to_string(std::abs(exponent));
}

std::string without_exponent(const Decimal& decimal) {
  const auto size = static_cast<int>(decimal.digits.size());
  if (decimal.point <= 0)
    return "0." + std::string(static_cast<std::size_t>(-decimal.point), '0') + decimal.digits;
  if (decimal.point >= size)
    return decimal.digits + std::string(static_cast<std::size_t>(decimal.point - size), '0');
  const auto point = static_cast<std::size_t>(decimal.point);
  return decimal.digits.substr(0, point) + '.' + decimal.digits.substr(point);
}

} // namespace

std::string javascript_text(double number) {
  if (std::isnan(number))
    return "NaN";
  const std::string sign = number < 0 ? "-" : "";
  if (std::isinf(number))
    return sign + "Infinity";
  if (number == 0)
    return "0";
  const auto decimal = shortest(std::abs(number));
  const auto exponent = decimal.point - 1;
  const bool large = exponent >= first_large_exponent || exponent <= last_small_exponent;
  return sign + (large ? with_exponent(decimal) : without_exponent(decimal));
}

std::string javascript_fixed(double number) {
  if (!(std::abs(number) < 1e21))
    return javascript_text(number);
  // Only odd multiples of 1/8 lie exactly between two hundredths; the library rounds them to even.
  const bool is_tie = std::fmod(std::abs(number) * 8, 2) == 1;
  const auto nudged = is_tie ? number + std::copysign(0.001, number) : number + 0.0;
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), nudged, std::chars_format::fixed, 2);
  return {buffer.data(), end.ptr};
}

} // namespace sluice::core
