#include "http/api/token_check.hpp"

#include <cassert>
#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace sluice::http {

// The algorithm is fetched once: OpenSSL's one-call form looks it up by name every time.
struct TokenCheck::Hash {
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm{EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free};
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};

  // False if OpenSSL cannot compute SHA-256; then nobody is let in.
  bool digest(std::string_view text, Digest& out) const {
    return EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr) == 1 &&
           EVP_DigestUpdate(context.get(), text.data(), text.size()) == 1 &&
           EVP_DigestFinal_ex(context.get(), out.data(), nullptr) == 1;
  }
};

TokenCheck::TokenCheck(std::string_view token, std::string_view read_only_token)
    : hash_(std::make_unique<Hash>()), has_read_(!read_only_token.empty()) {
  assert(!token.empty() && token != read_only_token);
  [[maybe_unused]] bool done = hash_->digest(token, all_) && hash_->digest(read_only_token, read_);
  assert(done);
}

TokenCheck::~TokenCheck() = default;

Access TokenCheck::access(std::string_view given) const {
  Digest digest;
  if (!hash_->digest(given, digest))
    return Access::none;
  bool is_all = CRYPTO_memcmp(digest.data(), all_.data(), digest.size()) == 0;
  bool is_read = CRYPTO_memcmp(digest.data(), read_.data(), digest.size()) == 0;
  return is_all ? Access::all : is_read && has_read_ ? Access::read : Access::none;
}

} // namespace sluice::http
