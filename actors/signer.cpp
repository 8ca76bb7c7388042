#include "actors/signer.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "actors/core/base58.hpp"

namespace sluice {

namespace {

constexpr std::size_t digest_size = 32; // SHA-256
using Digest = std::array<unsigned char, digest_size>;

constexpr std::size_t random_digits = 28; // in a token's id and in a key: 164 bits

constexpr auto lifetime = std::chrono::minutes{5}; // spec §5 "exp"

constexpr std::string_view jose_header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."; // {"alg":"HS256","typ":"JWT"}

constexpr std::size_t encoded_size(std::size_t bytes) { return (bytes * 4 + 2) / 3; }

constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// The two digits of twelve bits: every token passes here, whole and in parts.
constexpr auto digit_pairs = [] {
  std::array<std::array<char, 2>, 64 * 64> pairs{};
  for (std::size_t bits = 0; bits < pairs.size(); ++bits)
    pairs[bits] = {digits[bits / 64], digits[bits % 64]};
  return pairs;
}();

void append_base64url(std::string& text, const unsigned char* bytes, std::size_t size) {
  auto end = text.size();
  text.resize(end + encoded_size(size));
  auto* out = text.data() + end;
  for (; size >= 3; bytes += 3, size -= 3) {
    auto group = unsigned(bytes[0]) << 16 | unsigned(bytes[1]) << 8 | bytes[2];
    for (auto bits : {group >> 12, group & 0xfff})
      out = std::copy_n(digit_pairs[bits].data(), 2, out);
  }
  if (size == 0)
    return;
  auto group = unsigned(bytes[0]) << 16 | (size == 2 ? unsigned(bytes[1]) << 8 : 0u);
  *out++ = digits[group >> 18 & 63];
  *out++ = digits[group >> 12 & 63];
  if (size == 2)
    *out++ = digits[group >> 6 & 63];
}

void append_base64url(std::string& text, std::string_view bytes) {
  append_base64url(text, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

// A destination is visible ASCII; only these two need escaping in a JSON string.
void append_escaped(std::string& json, std::string_view text) {
  for (char c : text) {
    if (c == '"' || c == '\\')
      json += '\\';
    json += c;
  }
}

void require(bool success) {
  if (!success)
    throw std::runtime_error("OpenSSL refused a digest");
}

} // namespace

// OpenSSL's contexts, fetched and keyed once: setting them up costs more than a digest.
class Signer::Digests {
public:
  explicit Digests(std::string_view key)
      : sha256_(EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free),
        hash_(EVP_MD_CTX_new(), &EVP_MD_CTX_free),
        hmac_(EVP_MAC_fetch(nullptr, "HMAC", nullptr), &EVP_MAC_free),
        mac_(EVP_MAC_CTX_new(hmac_.get()), &EVP_MAC_CTX_free) {
    char name[] = "SHA256";
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                               OSSL_PARAM_construct_end()};
    require(EVP_MAC_init(mac_.get(), reinterpret_cast<const unsigned char*>(key.data()), key.size(), parameters));
  }

  Digest hash(std::string_view bytes) {
    Digest digest;
    require(EVP_DigestInit_ex2(hash_.get(), sha256_.get(), nullptr) &&
            EVP_DigestUpdate(hash_.get(), bytes.data(), bytes.size()) &&
            EVP_DigestFinal_ex(hash_.get(), digest.data(), nullptr));
    return digest;
  }

  Digest mac(std::string_view bytes) {
    Digest digest;
    std::size_t size = 0;
    require(EVP_MAC_init(mac_.get(), nullptr, 0, nullptr) &&
            EVP_MAC_update(mac_.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) &&
            EVP_MAC_final(mac_.get(), digest.data(), &size, digest.size()));
    return digest;
  }

private:
  template <class T>
  using Owned = std::unique_ptr<T, void (*)(T*)>;
  Owned<EVP_MD> sha256_;
  Owned<EVP_MD_CTX> hash_;
  Owned<EVP_MAC> hmac_;
  Owned<EVP_MAC_CTX> mac_;
};

Signer::Signer(std::string_view key) : digests_(std::make_unique<Digests>(key)) {}
Signer::~Signer() = default;

std::string Signer::sign(std::string_view url, std::string_view body, WallTime now) const {
  auto issued = std::chrono::floor<std::chrono::seconds>(now);
  auto body_digest = digests_->hash(body);
  auto& claims = claims_; // Reused: it is the largest part.
  claims = R"({"body":")";
  append_base64url(claims, body_digest.data(), body_digest.size());
  claims += R"(","exp":)";
  claims += std::to_string((issued + lifetime).time_since_epoch().count());
  claims += R"(,"iat":)";
  claims += std::to_string(issued.time_since_epoch().count());
  claims += R"(,"iss":"Upstash","jti":"jwt_)";
  core::append_random_base58(claims, random_digits, random_bits);
  claims += R"(","nbf":0,"sub":")";
  append_escaped(claims, url);
  claims += R"("})";

  std::string token;
  token.reserve(jose_header.size() + encoded_size(claims.size()) + 1 + encoded_size(digest_size));
  token += jose_header;
  append_base64url(token, claims);
  auto signature = digests_->mac(token);
  token += '.';
  append_base64url(token, signature.data(), signature.size());
  return token;
}

std::string random_signing_key() { return "sig_" + core::random_base58(random_digits, random_bits); }

std::uint64_t random_bits() {
  // Asking OpenSSL costs about a microsecond whatever the size: ask for many at once.
  thread_local std::array<std::uint64_t, 64> pool;
  thread_local std::size_t used = pool.size();
  if (used == pool.size()) {
    require(RAND_bytes(reinterpret_cast<unsigned char*>(pool.data()), sizeof pool) == 1);
    used = 0;
  }
  return pool[used++];
}

} // namespace sluice
