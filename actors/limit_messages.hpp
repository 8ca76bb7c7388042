// The messages of the actor that owns the stored rate limits.
#pragma once

#include <variant>

#include "actors/messages.hpp"
#include "actors/store/store.hpp"
#include "sluice/stored_limits.hpp"

namespace sluice {

namespace to_limits {

// From the facade. Each reply is called exactly once.
struct Limit {
  BucketRequest request;
  Reply<LimitAnswer> reply;
};
struct Check {
  BucketRequest request;
  Reply<LimitAnswer> reply;
};
struct LimitAll {
  std::vector<BucketRequest> requests;
  bool consumes;
  Reply<CombinedAnswer> reply;
};
struct Read {
  BucketQuery query;
  Reply<LimitReading> reply;
};
struct Reset {
  std::string name;
  std::optional<std::string> key;
  Operator by;
  Reply<void> reply;
};
struct Credit {
  BucketQuery bucket;
  Reply<void> reply;
};
struct Reserve {
  ReservationRequest request;
  Reply<ReservationAnswer> reply;
};
/// Cancels if nothing was used.
struct Settle {
  std::string name;
  ReservationId id;
  double used;
  Reply<bool> reply;
};
struct Acquire {
  WaitId id;
  WaitRequest request;
  Reply<LimitAnswer> reply;
};
/// The one that waits answers, not this.
struct Leave {
  WaitId id;
  Reply<void> reply;
};
struct Transact {
  StoredLimits::TransactionBody body;
  Reply<void> reply;
};
struct Define {
  std::string name;
  LimitDefinition definition;
  Operator by;
  Reply<void> reply;
};
struct FindDefinition {
  std::string name;
  Reply<LimitDefinition> reply;
};
struct ListDefinitions {
  Reply<LimitDefinitions> reply;
};
struct Drop {
  std::string name;
  Operator by;
  Reply<void> reply;
};
struct Ask {
  std::variant<Limit, Check, LimitAll, Read, Reset, Credit, Reserve, Settle, Acquire, Leave, Transact, Define,
               FindDefinition, ListDefinitions, Drop>
      call;
};
/// No call is carried out after this. Hands `stop` on behind everything that is to be committed.
struct Stop {
  to_scheduler::Stop stop;
};

// From the scheduler actor.
/// The oldest step of `epoch` is stored.
struct Stored {
  std::uint64_t epoch;
};
/// No step of `epoch` that was not stored will be.
struct Refused {
  std::uint64_t epoch;
};

// From itself.
struct LoadRows {};
struct Evict {};
/// Somebody who waits may be served, or has waited long enough.
struct Serve {};

} // namespace to_limits

namespace to_scheduler {

/// From the actor of the rate limits: a step to be stored.
struct CommitLimits {
  caf::actor from;
  std::uint64_t epoch; ///< How often the sender has heard of a refusal.
  Changes changes;
  std::function<void(const Result<void>&)> then; ///< Answers the caller.
};

} // namespace to_scheduler

} // namespace sluice

SLUICE_MESSAGE(sluice::to_limits::Ask)
SLUICE_MESSAGE(sluice::to_limits::Stop)
SLUICE_MESSAGE(sluice::to_limits::Stored)
SLUICE_MESSAGE(sluice::to_limits::Refused)
SLUICE_MESSAGE(sluice::to_limits::LoadRows)
SLUICE_MESSAGE(sluice::to_limits::Evict)
SLUICE_MESSAGE(sluice::to_limits::Serve)
SLUICE_MESSAGE(sluice::to_scheduler::CommitLimits)
