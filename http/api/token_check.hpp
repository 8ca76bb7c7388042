// Compares what a client sends with the tokens of this server, without telling by its
// timing how much of it was right. The length of a token is no secret.
#pragma once

#include <string>
#include <string_view>

namespace sluice::http {

/// What a token permits.
enum class Access { none, read, all };

class TokenCheck {
public:
  /// Precondition: `token` is not empty, and differs from `read_only_token`, which may be.
  explicit TokenCheck(std::string_view token, std::string_view read_only_token = {});

  /// Takes as long for any two texts of the same length.
  Access access(std::string_view given) const;

private:
  std::string all_;
  std::string read_; ///< Empty if there is none.
};

} // namespace sluice::http
