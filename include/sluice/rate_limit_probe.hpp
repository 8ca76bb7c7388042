// Lets clients read a limit, so that they can show it and count on by themselves with
// `project`, without letting them choose whose limit they see (spec §7, hookAPI).
//
// Pure functions over a RateLimiter; its threading rules apply.
#pragma once

#include <variant>

#include "sluice/rate_limiter.hpp"

namespace sluice {

/// What of a limit a client may read. The server makes one per limit that it shows.
struct LimitProbe {
  /// Makes the key of what the client sent, if anything; an error refuses.
  using KeyFunction = std::function<Result<std::optional<std::string>>(std::optional<std::string_view>)>;

  std::string name;
  /// Nothing: the shared bucket. A text: that key, whatever the client sends. A function: whatever it
  /// answers. With the first, and with "", a client that sends a key is refused.
  std::variant<std::monostate, std::string, KeyFunction> key{};
  std::optional<double> sample_shards{};
  std::optional<RateLimitConfig> config{};
  /// Lets the client name another limit, another configuration, other samples: as the reference
  /// does, and only for limits that hold no secrets. If not, what it sends of these is not looked at.
  bool client_chooses = false;
};

/// What the client sent.
struct ProbeRequest {
  std::optional<std::string_view> name{};
  std::optional<std::string_view> key{};
  std::optional<double> sample_shards{};
  std::optional<RateLimitConfig> config{};
};

/// The bucket that the client may see. Besides the errors of `get_value`, `invalid_argument` for
/// a key that it may not send, and whatever the probe's function answers.
Result<LimitValue> read_limit(const RateLimiter& limiter, const LimitProbe& probe, const ProbeRequest& request = {});

} // namespace sluice
