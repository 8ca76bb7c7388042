// Compares what a client sends with the token of this server, without telling by its
// timing how much of it was right.
#pragma once

#include <array>
#include <memory>
#include <string_view>

namespace sluice::http {

/// Keeps a digest of the token, not the token. Not thread-safe.
class TokenCheck {
public:
  /// Precondition: `token` is not empty.
  explicit TokenCheck(std::string_view token);
  ~TokenCheck();

  /// Takes as long for any two texts of the same length.
  bool matches(std::string_view given) const;

private:
  using Digest = std::array<unsigned char, 32>;
  struct Hash;

  std::unique_ptr<Hash> hash_;
  Digest expected_{};
};

} // namespace sluice::http
