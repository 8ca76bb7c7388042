#include "http/api/token_check.hpp"

#include <cassert>
#include <openssl/crypto.h>

namespace sluice::http {

TokenCheck::TokenCheck(std::string_view token) : token_(token) { assert(!token.empty()); }

bool TokenCheck::matches(std::string_view given) const {
  return given.size() == token_.size() && CRYPTO_memcmp(given.data(), token_.data(), token_.size()) == 0;
}

} // namespace sluice::http
