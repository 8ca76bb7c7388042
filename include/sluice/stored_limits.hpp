// Rate limits that a scheduler keeps: the limits of rate_limiter.hpp, named once for all its
// callers, stored with its messages, and the same after a restart.
//
//   auto limits = scheduler->limits();
//   limits.define("failedLogins", {{.rate = 10, .period = 1h}});
//   auto answer = limits.limit({"failedLogins", email});
//   if (answer && answer->ok) …
//   limits.reset("failedLogins", email);
//
// **When it is safe.** What a call takes is stored before the call is answered. If it cannot be
// stored the answer is an error, and the buckets are as if the call had never been made. A
// limit that is defined with `LimitDurability::memory` is answered at once and written nowhere:
// its buckets are full again after a restart. A refusal is answered at once, too.
//
// **Time** is the scheduler's wall clock, but it never goes back, not even across a restart: a
// clock that is set back frees nothing and holds nothing up; the time until then just goes on.
// A clock that is set forward counts as time that has passed.
//
// **Buckets that are full again** leave memory and store by themselves, without changing any later
// verdict (`RateLimiter::evict_idle`).
//
// **Reservations** outlive a restart like what they took; those of a limit of memory do not. After
// `ReservationRequest::hold` one counts as committed in full.
//
// **Waiting.** `acquire` holds no thread: the call stands in line in the scheduler. Each name and key has a line,
// first in, first out. Whoever calls `limit` stands in no line, and may take what others wait for.
//
// **Threads.** As Scheduler: every call has a form that waits and one that takes a `Reply`.
//
// **Errors** are those of rate_limiter.hpp, and of any call: `unavailable` while the scheduler is
// stopping, `insufficient_storage` when the disk is full, `overloaded` if there would be more
// buckets, definitions, reservations or waiting calls than SchedulerOptions allow, `invalid_argument` for a name that is not 1 to
// 256 bytes without control characters, a key of more than 1024 bytes, or
// `UpdateMode::asynchronously`, which has no purpose where one owner decides (spec §8).
#pragma once

#include <functional>
#include <utility>

#include "sluice/event.hpp"
#include "sluice/rate_limiter.hpp"

namespace sluice {

template <class T>
using Reply = std::function<void(Result<T>)>;

/// What of a limit outlives the process.
enum class LimitDurability : std::uint8_t {
  stored, ///< Every verdict.
  memory, ///< The definition only.
};

/// A limit as it is kept under its name.
struct LimitDefinition {
  RateLimitConfig config{};
  LimitDurability durability = LimitDurability::stored;

  bool operator==(const LimitDefinition&) const = default;
};

using LimitDefinitions = std::map<std::string, LimitDefinition, std::less<>>;

/// As LimitRequest with the name of its limit, owning its texts.
struct BucketRequest {
  std::string name;
  std::optional<std::string> key{};
  double count = 1;
  bool reserve = false;
  bool throws = false; ///< See `LimitAnswer::thrown`; does not count among several requests.
  bool dry_run = false; ///< Does not count among several requests.
  /// Instead of the named configuration, for this call. Its `durability` counts only if the name has none.
  std::optional<LimitDefinition> definition{};
};

struct LimitAnswer : LimitVerdict {
  RateTime at{}; ///< When it was decided, on the clock of the limits: what durations count from.
  RateDuration period{}; ///< Of the configuration in force.
  /// With `BucketRequest::throws`: there is something to wait for, so nothing was taken.
  bool thrown = false;
};

/// As CombinedVerdict.
struct CombinedAnswer {
  bool ok = false;
  std::optional<RateDuration> retry_after{};
  std::optional<std::size_t> binding{};
  std::vector<LimitAnswer> answers{};
};

struct BucketQuery {
  std::string name;
  std::optional<std::string> key{};
  double count = 1; ///< For `LimitStatus::retry_after`.
  std::optional<double> sample_shards{};
  std::optional<LimitDefinition> definition{};
};

/// As ReserveRequest with the name of its limit, owning its texts.
struct ReservationRequest {
  std::string name;
  std::optional<std::string> key{};
  double count = 1; ///< Not below 0.
  RateDuration hold = std::chrono::hours{1}; ///< How long after `run_at` the handle may still be used.
  std::optional<LimitDefinition> definition{};
};

struct ReservationAnswer {
  ReservationId id{}; ///< 0 if the reservation was refused. Never used again, not even after a restart.
  RateTime run_at{}; ///< When the caller may start; only if granted.
  RateTime expires_at{}; ///< Until when the handle may be used; only if granted.
  LimitAnswer verdict{};
};

/// What somebody waits for, of a limit that is defined: a line has one rule for all in it.
struct WaitRequest {
  std::string name;
  std::optional<std::string> key{};
  double count = 1; ///< Not below 0.
  RateDuration patience = std::chrono::seconds{30}; ///< How long at most, 0 or more; may be infinite.
};

/// Names a call that waits. Not used twice by one scheduler.
enum class WaitId : std::uint64_t {};

/// A bucket as stored, and what that means now.
struct LimitReading {
  LimitValue value;
  LimitStatus status;
  RateTime at{};
};

/// The calls of a transaction: all see the same time, and what those before them did.
class LimitTransaction {
public:
  virtual ~LimitTransaction() = default;

  /// As the functions of RateLimiter. `LimitRequest::throws` does not count here.
  virtual Result<LimitVerdict> limit(std::string_view name, const LimitRequest& request) = 0;
  virtual Result<LimitVerdict> check(std::string_view name, const LimitRequest& request) = 0;
  virtual Result<CombinedVerdict> limit_all(std::span<const LimitDemand> demands) = 0;
  virtual void reset(std::string_view name, std::optional<std::string_view> key) = 0;
  virtual Result<void> credit(std::string_view name, double count, const ValueRequest& request) = 0;
  virtual Result<Reservation> reserve(std::string_view name, const ReserveRequest& request) = 0;
  virtual Result<bool> commit(ReservationId id, double used) = 0;
};

class LimitPort;

/// A handle to the limits of a Scheduler, which must outlive it. Cheap to copy.
class StoredLimits {
public:
  /// Only a Scheduler makes one.
  explicit StoredLimits(LimitPort& port) : port_(&port) {}

  /// Consumes if it fits (spec §4 to §7).
  Result<LimitAnswer> limit(BucketRequest request);
  void limit(BucketRequest request, Reply<LimitAnswer> reply);
  /// What `limit` would answer; consumes nothing.
  Result<LimitAnswer> check(BucketRequest request) const;
  void check(BucketRequest request, Reply<LimitAnswer> reply) const;
  /// Consumes all or nothing; `CombinedAnswer::binding` names the request that asks for the longest wait.
  /// At most 100 requests.
  Result<CombinedAnswer> limit_all(std::vector<BucketRequest> requests);
  void limit_all(std::vector<BucketRequest> requests, Reply<CombinedAnswer> reply);
  Result<CombinedAnswer> check_all(std::vector<BucketRequest> requests) const;
  void check_all(std::vector<BucketRequest> requests, Reply<CombinedAnswer> reply) const;
  Result<LimitReading> value(BucketQuery query) const;
  void value(BucketQuery query, Reply<LimitReading> reply) const;

  /// Gives a bucket a fresh start (spec §7): of exactly this name and key; without a key, the one that
  /// all share. Leaves an entry in the audit log, even if there was nothing to forget.
  Result<void> reset(std::string name, std::optional<std::string> key = {}, Operator by = library);
  void reset(std::string name, std::optional<std::string> key, Operator by, Reply<void> reply);

  /// Gives `count` tokens back, into debt or up to the capacity (`RateLimiter::credit`).
  Result<void> credit(BucketQuery bucket);
  void credit(BucketQuery bucket, Reply<void> reply);

  /// Reserves with a handle, for work whose cost is known only afterwards.
  Result<ReservationAnswer> reserve(ReservationRequest request);
  void reserve(ReservationRequest request, Reply<ReservationAnswer> reply);
  /// Ends a reservation of limit `name`: what was not used goes back, what was used beyond it is charged. False
  /// if the handle is not open: ended already, expired, or reset; so it is safe to repeat.
  Result<bool> commit(std::string name, ReservationId id, double used);
  void commit(std::string name, ReservationId id, double used, Reply<bool> reply);
  /// The same with nothing used.
  Result<bool> cancel(std::string name, ReservationId id);
  void cancel(std::string name, ReservationId id, Reply<bool> reply);

  /// Takes as soon as it fits and nobody is before the caller in line. If it did not come to that within
  /// `patience`, the answer is the refusal of that moment, in which those before are not counted.
  Result<LimitAnswer> acquire(WaitRequest request);
  WaitId acquire(WaitRequest request, Reply<LimitAnswer> reply);
  /// Lets a call that waits end at once, as if its patience were over. No error if it does not wait any more:
  /// then it may have taken its tokens.
  void leave(WaitId id);

  /// Runs `body` as one step: what it did takes effect, and is stored, all together, or not at all
  /// if it answers an error or throws (`internal`). `body` runs on the event loop's thread, must not
  /// wait for anything, and is not kept.
  using TransactionBody = std::function<Result<void>(LimitTransaction&)>;
  Result<void> transact(TransactionBody body);
  void transact(TransactionBody body, Reply<void> reply);

  /// Sets or replaces a limit. Its buckets keep their state (spec §9).
  Result<void> define(std::string name, LimitDefinition definition, Operator by = library);
  void define(std::string name, LimitDefinition definition, Operator by, Reply<void> reply);
  /// Error: `not_found`.
  Result<LimitDefinition> definition(std::string name) const;
  void definition(std::string name, Reply<LimitDefinition> reply) const;
  /// All of them, by name.
  Result<LimitDefinitions> definitions() const;
  void definitions(Reply<LimitDefinitions> reply) const;
  /// Forgets the definition. Buckets that are not full stay until they are. Error: `not_found`.
  Result<void> drop(std::string name, Operator by = library);
  void drop(std::string name, Operator by, Reply<void> reply);

private:
  LimitPort* port_;
};

} // namespace sluice
