#include "actors/core/go_duration.hpp"

#include <algorithm>

#include "actors/core/number.hpp"

namespace sluice::core {

namespace {

using namespace std::chrono_literals;

struct Unit {
  std::string_view name;
  Duration length;
};

// Longer names first. Micro is written as u, as the micro sign and as the Greek mu.
constexpr Unit units[] = {{"ns", 1ns}, {"us", 1us}, {"\u00b5s", 1us}, {"\u03bcs", 1us},
                          {"ms", 1ms}, {"s", 1s},   {"m", 1min},      {"h", 1h}};

// The number and unit that `text` begins with, which are taken from it.
std::optional<Duration> take_part(std::string_view& text) {
  const auto length = leading_decimal(text);
  const auto rest = text.substr(length);
  const auto unit = std::find_if(std::begin(units), std::end(units),
                                 [rest](const Unit& candidate) { return rest.starts_with(candidate.name); });
  if (unit == std::end(units))
    return std::nullopt;
  const auto part = parse_scaled(text.substr(0, length), unit->length.count());
  text = rest.substr(unit->name.size());
  return part ? std::optional(Duration{*part}) : std::nullopt;
}

} // namespace

std::optional<Duration> parse_go_duration(std::string_view text, Duration longest) {
  if (text.empty())
    return std::nullopt;
  Duration sum{0};
  while (!text.empty()) {
    const auto part = take_part(text);
    if (!part || *part > longest - sum)
      return std::nullopt;
    sum += *part;
  }
  return sum;
}

} // namespace sluice::core
