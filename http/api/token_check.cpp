#include "http/api/token_check.hpp"

#include <cassert>
#include <openssl/crypto.h>

namespace sluice::http {

namespace {

bool is_same(std::string_view given, std::string_view token) {
  return given.size() == token.size() && CRYPTO_memcmp(given.data(), token.data(), token.size()) == 0;
}

} // namespace

TokenCheck::TokenCheck(std::string_view token, std::string_view read_only_token) : all_(token), read_(read_only_token) {
  assert(!token.empty() && token != read_only_token);
}

Access TokenCheck::access(std::string_view given) const {
  bool is_all = is_same(given, all_);
  bool is_read = is_same(given, read_);
  return is_all ? Access::all : is_read && !read_.empty() ? Access::read : Access::none;
}

} // namespace sluice::http
