#include "actors/core/duration.hpp"

#include <optional>
#include <string>

#include "actors/core/number.hpp"
#include "actors/core/text.hpp"

namespace sluice::core {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view units = "smhd";
constexpr milliseconds unit_lengths[] = {std::chrono::seconds{1}, std::chrono::minutes{1}, std::chrono::hours{1},
                                         std::chrono::hours{24}};
constexpr milliseconds longest = std::chrono::duration_cast<milliseconds>(max_duration);

std::optional<milliseconds> scaled(std::string_view number, milliseconds unit) {
  const auto count = parse_scaled(number, unit.count());
  if (!count || *count > longest.count())
    return std::nullopt;
  return milliseconds{*count};
}

// At most one part per unit, each at most `longest`: the sum cannot overflow.
std::optional<milliseconds> sum_of_parts(std::string_view text) {
  milliseconds sum{0};
  bool seen[units.size()] = {};
  while (!text.empty()) {
    const auto length = leading_decimal(text);
    const auto unit = length < text.size() ? units.find(text[length]) : std::string_view::npos;
    if (unit == std::string_view::npos || seen[unit])
      return std::nullopt;
    const auto part = scaled(text.substr(0, length), unit_lengths[unit]);
    if (!part)
      return std::nullopt;
    sum += *part;
    seen[unit] = true;
    text.remove_prefix(length + 1);
  }
  return sum;
}

std::optional<milliseconds> read(std::string_view text) {
  if (text.empty())
    return std::nullopt;
  if (leading_digits(text) == text.size())
    return scaled(text, std::chrono::seconds{1});
  return sum_of_parts(text);
}

} // namespace

std::string text_of(Duration duration) {
  auto rest = std::chrono::duration_cast<milliseconds>(duration);
  std::string text = rest.count() < 0 ? "-" : "";
  rest = rest.count() < 0 ? -rest : rest;
  for (auto unit : {units.size() - 1, std::size_t{2}, std::size_t{1}}) {
    if (auto count = rest / unit_lengths[unit]; count > 0)
      text.append(std::to_string(count)) += units[unit];
    rest %= unit_lengths[unit];
  }
  if (rest.count() == 0 && text.size() > 1)
    return text;
  text += std::to_string(rest.count() / 1000);
  if (auto thousandths = rest.count() % 1000; thousandths > 0) {
    auto digits = std::to_string(1000 + thousandths).substr(1);
    text.append(".").append(digits, 0, digits.find_last_not_of('0') + 1);
  }
  return text + 's';
}

Result<Duration> parse_duration(std::string_view text, std::string_view field) {
  const auto duration = read(text);
  if (duration && *duration <= longest)
    return Duration{*duration};
  return invalid(std::string(field),
                 std::string(field) + " must be a duration such as 30s, 10m, 1h30m or 7d, not " + quoted(text));
}

} // namespace sluice::core
