// What follows an attempt: delivered, another attempt, or failure for good (spec §4.2, §4.5).
#pragma once

#include <string>

#include "sluice/message.hpp"
#include "sluice/time.hpp"
#include "sluice/transport.hpp"

namespace sluice::core {

enum class Verdict { delivered, retry, failed };

struct Decision {
  Verdict verdict = Verdict::failed;
  Duration delay{0}; ///< Until the next attempt; 0 unless `retry`.
  std::string error{}; ///< Why the attempt failed, "HTTP status 500" or the transport's text; empty when delivered.

  bool operator==(const Decision&) const = default;
};

/// The wait before retry number `retry`, 1 for the first: e^(2.5 · retry) seconds, at most a day.
Duration default_backoff(int retry);

/// Judges the outcome of attempt number `attempt`, 1 for the first. A retry waits for what
/// the destination asks, or else for `request.retry_delay`, or else for `default_backoff`.
Decision judge(const Outcome& outcome, const PublishRequest& request, int attempt, WallTime now);

} // namespace sluice::core
