#include "actors/core/base58.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace sluice::core {

namespace {

constexpr std::string_view digits_in_order = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::uint64_t base = digits_in_order.size();
constexpr std::size_t digits_per_word = 7; // 58^7 leaves 22 bits of 64 to even out the digits.

constexpr auto values = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t value = 0; value < base; ++value)
    table[static_cast<unsigned char>(digits_in_order[value])] = static_cast<std::int8_t>(value);
  return table;
}();

// The word is a fraction of 2^64: what a multiplication carries out is the next digit.
char next_digit(std::uint64_t& word) {
  const auto product = static_cast<unsigned __int128>(word) * base;
  word = static_cast<std::uint64_t>(product);
  return digits_in_order[static_cast<std::size_t>(product >> 64)];
}

} // namespace

void append_base58(std::string& text, std::uint64_t number) {
  char buffer[base58_width];
  for (auto place = base58_width; place-- > 0; number /= base)
    buffer[place] = digits_in_order[number % base];
  text.append(buffer, base58_width);
}

std::optional<std::uint64_t> parse_base58(std::string_view text) {
  if (text.size() != base58_width)
    return std::nullopt;
  std::uint64_t number = 0;
  for (unsigned char c : text) {
    const auto digit = values[c];
    if (digit < 0 || number > (std::numeric_limits<std::uint64_t>::max() - static_cast<std::uint64_t>(digit)) / base)
      return std::nullopt;
    number = number * base + static_cast<std::uint64_t>(digit);
  }
  return number;
}

void append_random_base58(std::string& text, std::size_t digits, const std::function<std::uint64_t()>& random) {
  auto place = text.size();
  text.resize(place + digits);
  while (place < text.size()) {
    auto word = random();
    for (auto end = std::min(place + digits_per_word, text.size()); place < end; ++place)
      text[place] = next_digit(word);
  }
}

std::string random_base58(std::size_t digits, const std::function<std::uint64_t()>& random) {
  std::string text;
  append_random_base58(text, digits, random);
  return text;
}

} // namespace sluice::core
