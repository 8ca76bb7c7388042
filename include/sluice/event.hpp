// The log: what happened to each message, and what operators did (spec §2.12, §2.13.3).
#pragma once

#include <cstdint>
#include <string>

#include "sluice/ids.hpp"
#include "sluice/time.hpp"

namespace sluice {

enum class EventKind : std::uint8_t {
  created, ///< Accepted.
  active, ///< An attempt started.
  retry, ///< The attempt failed; another follows at `next_attempt`.
  error, ///< The attempt failed.
  delivered,
  failed, ///< For good; an entry is in the DLQ.
  cancel_requested,
  cancelled,
};

/// One line of the log: slim, joined with its message when read.
struct Event {
  WallTime time{};
  std::uint64_t sequence = 0; ///< Of the message's id.
  EventKind kind = EventKind::created;
  std::int16_t status = 0; ///< Of the destination's answer; 0 if there was none.
  WallTime next_attempt{}; ///< Of `retry`, and of `created` with a delay; else the epoch.
  std::string error{}; ///< Why, for `error`; else empty.

  bool operator==(const Event&) const = default;
};

/// Who did something, and from where: for the audit log.
struct Operator {
  std::string name{}; ///< The credential's name, `library` for an embedding program.
  std::string address{}; ///< Numeric; empty if there is none.
};

/// The embedding program itself.
inline const Operator library{"library", {}};

/// An operator's action that was carried out.
struct AuditEntry {
  WallTime time{};
  Operator by;
  std::string action; ///< `pin`, `pause`, `resetRate`, `rotate`, `cancel`, `deleteQueue` ... (docs/API.md has all).
  std::string subject; ///< What it concerned: a key, a queue, a message.
  std::string detail{}; ///< Its arguments, e.g. `rate=2 period=60s`.
  std::uint64_t number = 0; ///< Grows from entry to entry; given by the store.
};

} // namespace sluice
