// Compares what a client sends with the tokens of this server, without telling by its
// timing how much of it was right, or with which token it was compared.
#pragma once

#include <array>
#include <memory>
#include <string_view>

namespace sluice::http {

/// What a token permits.
enum class Access { none, read, all };

/// Keeps digests of the tokens, not the tokens. Not thread-safe.
class TokenCheck {
public:
  /// Precondition: `token` is not empty, and differs from `read_only_token`, which may be.
  explicit TokenCheck(std::string_view token, std::string_view read_only_token = {});
  ~TokenCheck();

  /// Takes as long for any two texts of the same length.
  Access access(std::string_view given) const;

private:
  using Digest = std::array<unsigned char, 32>;
  struct Hash;

  std::unique_ptr<Hash> hash_;
  Digest all_{};
  Digest read_{};
  bool has_read_;
};

} // namespace sluice::http
