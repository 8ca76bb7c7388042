// Signs deliveries: a JWT over destination and body (spec §5).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "sluice/scheduler.hpp"
#include "sluice/time.hpp"

namespace sluice {

/// Signs with one key. Used from the event loop's thread only.
class Signer {
public:
  explicit Signer(std::string_view key);
  ~Signer();

  /// The value of `Upstash-Signature` for one attempt: valid from `now` for five minutes.
  std::string sign(std::string_view url, std::string_view body, WallTime now) const;

private:
  class Digests;
  std::unique_ptr<Digests> digests_;
  mutable std::string claims_;
};

/// `sig_` and 28 random base58 digits.
std::string random_signing_key();

/// 64 random bits, unpredictable; thread-safe.
std::uint64_t random_bits();

} // namespace sluice
