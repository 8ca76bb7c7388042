#include "actors/encoding.hpp"

#include <cstdint>
#include <cstring>

#include <openssl/evp.h>

#include "actors/core/characters.hpp"

namespace sluice {

namespace {

using Byte = unsigned char;

// The bytes that follow `lead`, or -1 if no sequence begins with it.
int followers(Byte lead) {
  if (lead < 0x80)
    return 0;
  if (lead < 0xc2 || lead > 0xf4)
    return -1;
  return lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
}

// Only the second byte can tell overlong forms, surrogates and too large values apart.
bool may_follow(Byte lead, Byte second) {
  Byte low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  Byte high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  return second >= low && second <= high;
}

using Word = std::uint64_t;

// A word of it.
bool begins_with_ascii(std::string_view bytes) {
  Word word;
  if (bytes.size() < sizeof word)
    return false;
  std::memcpy(&word, bytes.data(), sizeof word);
  return (word & 0x8080808080808080u) == 0;
}

bool is_continuation(char c) { return (static_cast<Byte>(c) & 0xc0) == 0x80; }

char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

} // namespace

bool is_utf8(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    if (begins_with_ascii(bytes.substr(at))) {
      at += sizeof(Word);
      continue;
    }
    auto lead = static_cast<Byte>(bytes[at]);
    auto count = followers(lead);
    if (count < 0 || at + static_cast<std::size_t>(count) >= bytes.size())
      return false;
    if (count > 0 && !may_follow(lead, static_cast<Byte>(bytes[at + 1])))
      return false;
    for (int next = 2; next <= count; ++next)
      if (!is_continuation(bytes[at + static_cast<std::size_t>(next)]))
        return false;
    at += static_cast<std::size_t>(count) + 1;
  }
  return true;
}

std::string base64(std::string_view bytes) {
  // OpenSSL ends its output with a NUL, hence the byte more.
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  auto size = EVP_EncodeBlock(reinterpret_cast<Byte*>(text.data()), reinterpret_cast<const Byte*>(bytes.data()),
                              static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string canonical_name(std::string_view name) {
  std::string out(name);
  if (!core::is_token(name))
    return out;
  bool begins = true;
  for (auto& c : out) {
    c = begins ? to_upper(c) : core::to_lower(c);
    begins = c == '-';
  }
  return out;
}

} // namespace sluice
