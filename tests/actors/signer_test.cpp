#include "actors/signer.hpp"

#include <catch2/catch.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

using namespace std::chrono_literals;
using namespace sluice;

namespace {

const WallTime wall0{1'700'000'000'999ms};

std::string decode_base64url(std::string text) {
  for (auto& c : text)
    c = c == '-' ? '+' : c == '_' ? '/' : c;
  auto padding = (4 - text.size() % 4) % 4;
  text.append(padding, '=');
  std::string bytes(text.size() / 4 * 3, '\0');
  auto size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                              reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

struct Token {
  explicit Token(const std::string& text)
      : signed_part(text.substr(0, text.rfind('.'))),
        header(decode_base64url(text.substr(0, text.find('.')))),
        claims(decode_base64url(signed_part.substr(signed_part.find('.') + 1))),
        signature(decode_base64url(text.substr(text.rfind('.') + 1))) {}

  std::string signed_part, header, claims, signature;
};

std::string hmac(const std::string& key, const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), digest, &size);
  return {reinterpret_cast<char*>(digest), size};
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("Signer signs destination and body with HMAC-SHA256 over the whole key text", "[signer]") {
  Signer signer("sig_key");
  for (const auto& body : {std::string(), std::string("a"), std::string("ab"), std::string(5000, 'x')}) {
    Token token(signer.sign("https://ex.com/a?b=\"c\\", body, wall0));
    CHECK(token.header == R"({"alg":"HS256","typ":"JWT"})");
    CHECK(token.signature == hmac("sig_key", token.signed_part));
    CHECK(has(token.claims, R"("iss":"Upstash")"));
    CHECK(has(token.claims, R"("sub":"https://ex.com/a?b=\"c\\")"));
    CHECK(has(token.claims, R"("iat":1700000000,)"));
    CHECK(has(token.claims, R"("exp":1700000300,)"));
    CHECK(has(token.claims, R"("nbf":0)"));
    if (body.empty())
      CHECK(has(token.claims, R"({"body":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",)"));
  }
}

TEST_CASE("Signer gives every token an id of its own", "[signer]") {
  Signer signer("sig_key");
  auto id = [&] {
    auto claims = Token(signer.sign("http://a", "", wall0)).claims;
    return claims.substr(claims.find("\"jti\":\"") + 7, 32);
  };
  auto first = id();
  CHECK(first.substr(0, 4) == "jwt_");
  CHECK(first != id());
}

TEST_CASE("random signing keys look like the published ones and differ", "[signer]") {
  auto key = random_signing_key();
  CHECK(key.size() == 32);
  CHECK(key.substr(0, 4) == "sig_");
  CHECK(key != random_signing_key());
}
