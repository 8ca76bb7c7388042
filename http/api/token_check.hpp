// Compares what a client sends with the token of this server, without telling by its
// timing how much of it was right.
#pragma once

#include <string>
#include <string_view>

namespace sluice::http {

class TokenCheck {
public:
  /// Precondition: `token` is not empty.
  explicit TokenCheck(std::string_view token);

  /// Takes as long for any two texts of the same length.
  bool matches(std::string_view given) const;

private:
  std::string token_;
};

} // namespace sluice::http
