// Hash and comparison of short texts, without the calls that the library's take, and with a
// seed: clients choose keys, and must not be able to choose keys that collide.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace sluice::core {

/// The first bytes of a text as a number, in the machine's order.
template <class Word = std::uint64_t>
std::uint64_t first_word(const char* text) {
  Word word;
  std::memcpy(&word, text, sizeof(word));
  return word;
}

/// Two words of a text of up to 16 bytes. Every byte is in one of them, some in both.
struct TextWords {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  explicit TextWords(std::string_view text) {
    const auto* begin = text.data();
    const auto* end = begin + text.size();
    if (text.size() >= 8) {
      low = first_word(begin);
      high = first_word(end - 8);
    } else if (text.size() >= 4) {
      low = first_word<std::uint32_t>(begin);
      high = first_word<std::uint32_t>(end - 4);
    } else {
      for (const auto* at = begin; at != end; ++at)
        low = low << 8 | static_cast<unsigned char>(*at);
    }
  }

  bool operator==(const TextWords&) const = default;
};

inline bool is_same_text(std::string_view a, std::string_view b) {
  if (a.size() != b.size())
    return false;
  return a.size() <= 16 ? TextWords(a) == TextWords(b) : a == b;
}

class TextHash {
public:
  explicit TextHash(std::uint64_t seed) : seed_(seed) {}

  std::uint64_t operator()(std::string_view text) const {
    auto state = seed_ ^ text.size();
    for (; text.size() > 16; text.remove_prefix(16))
      state = folded(first_word(text.data()) ^ state, first_word(text.data() + 8) ^ first_odd);
    const TextWords last(text);
    return folded(last.low ^ state, last.high ^ first_odd) * second_odd;
  }

private:
  // Odd, and with about as many ones as zeros.
  static constexpr std::uint64_t first_odd = 0x9e3779b97f4a7c15;
  static constexpr std::uint64_t second_odd = 0xd1b54a32d192ed03;

  // Both halves of the product.
  static std::uint64_t folded(std::uint64_t a, std::uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }

  std::uint64_t seed_;
};

} // namespace sluice::core
