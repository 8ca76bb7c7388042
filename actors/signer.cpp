#include "actors/signer.hpp"

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

constexpr auto lifetime = std::chrono::minutes{5}; // spec §5 "exp"

void append_base64url(std::string& text, const unsigned char* bytes, std::size_t size) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::size_t i = 0;
  for (; i + 3 <= size; i += 3) {
    auto group = unsigned(bytes[i]) << 16 | unsigned(bytes[i + 1]) << 8 | bytes[i + 2];
    for (int shift = 18; shift >= 0; shift -= 6)
      text += digits[group >> shift & 63];
  }
  if (i == size)
    return;
  auto group = unsigned(bytes[i]) << 16 | (i + 1 < size ? unsigned(bytes[i + 1]) << 8 : 0u);
  text += digits[group >> 18 & 63];
  text += digits[group >> 12 & 63];
  if (i + 1 < size)
    text += digits[group >> 6 & 63];
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
  std::string claims = R"({"body":")";
  auto body_digest = digests_->hash(body);
  append_base64url(claims, body_digest.data(), body_digest.size());
  claims += R"(","exp":)" + std::to_string((issued + lifetime).time_since_epoch().count());
  claims += R"(,"iat":)" + std::to_string(issued.time_since_epoch().count());
  claims += R"(,"iss":"Upstash","jti":"jwt_)" + core::random_base58(28, random_bits);
  claims += R"(","nbf":0,"sub":")";
  append_escaped(claims, url);
  claims += R"("})";

  std::string token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."; // {"alg":"HS256","typ":"JWT"}
  token.reserve(token.size() + claims.size() * 4 / 3 + 64);
  append_base64url(token, claims);
  auto signature = digests_->mac(token);
  token += '.';
  append_base64url(token, signature.data(), signature.size());
  return token;
}

std::string random_signing_key() { return "sig_" + core::random_base58(28, random_bits); }

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
