// Waiting for a rate limit: whoever cannot be served at once stands in line, first in, first
// out, until the tokens are there or a deadline has passed.
//
// A plain object that never waits itself. The caller tells it who wants what, asks `poll`
// what is decided by now, and comes back at `next_wakeup`. Each name and key has a line of
// its own, so nobody waits for somebody else's limit; within a line a small request does not
// overtake a large one. Who asks the limiter directly stands in no line and may take what
// others wait for; `try_acquire` does not. No clock is read: the caller passes the time in.
//
// **Threads.** Not thread-safe, and it uses its limiter: one owner for both.
#pragma once

#include <compare>
#include <map>
#include <set>

#include "sluice/rate_limiter.hpp"

namespace sluice {

/// Who waits. Not used twice by one queue.
enum class TicketId : std::uint64_t {};

/// What somebody waits for.
struct AcquireRequest {
  std::string name;
  std::optional<std::string> key{};
  double count = 1; ///< Not below 0.
  std::optional<RateTime> deadline{}; ///< Waits without end if empty.
};

/// What became of a ticket.
struct Acquired {
  TicketId ticket{};
  bool ok = false; ///< The tokens are taken. If not: see `error`, or else the deadline is what ended it.
  std::optional<Error> error{}; ///< The limit does not answer such a request any more, after `define`.
};

class RateLimitQueue {
public:
  /// Decides on `request` at `now`, and takes what it grants if `for_real`.
  using Take = std::function<Result<LimitVerdict>(const AcquireRequest& request, RateTime now, bool for_real)>;

  /// `limiter` must outlive this, and not be moved. At most `capacity` tickets wait.
  explicit RateLimitQueue(RateLimiter& limiter, std::size_t capacity = 100'000);
  /// For tokens that are kept elsewhere.
  explicit RateLimitQueue(Take take, std::size_t capacity = 100'000) : take_(std::move(take)), capacity_(capacity) {}

  /// Joins the line; the decision comes from `poll`, perhaps at once. `overloaded` if the queue is
  /// full, and the errors of `RateLimiter::limit`, for a request that could never be granted.
  Result<TicketId> join(AcquireRequest request, RateTime now);
  /// Leaves the line; false if the ticket is not in it. Nothing was taken for it.
  bool leave(TicketId ticket);

  /// The next decision that is due by `now`; empty when there is none. Call until empty.
  std::optional<Acquired> poll(RateTime now);
  /// When time alone decides something, in the past if something is due already; empty if
  /// nobody waits, or only for ever.
  std::optional<RateTime> next_wakeup() const;

  /// Takes at once or not at all, and nothing while anybody waits in the same line: then
  /// `retry_after` may be empty.
  Result<LimitVerdict> try_acquire(const AcquireRequest& request, RateTime now);
  /// A bucket was changed from outside (`reset`, `credit`, `commit`, `cancel`): its line is looked at again
  /// at the next `poll`.
  void on_changed(std::string_view name, const std::optional<std::string>& key = {});
  /// The limit itself was changed (`define`): all its lines are.
  void on_defined(std::string_view name);
  /// Anything may have changed.
  void on_all_changed();

  std::size_t waiting() const noexcept { return requests_.size(); }

private:
  struct LineId {
    std::string name;
    std::optional<std::string> key;
    auto operator<=>(const LineId&) const = default;
  };
  struct Line {
    std::set<TicketId> tickets; ///< In the order in which they came.
    RateTime due_at{}; ///< When the first one is worth a try.
  };

  void schedule(const LineId& id, Line& line, RateTime at);
  std::optional<Acquired> expire(RateTime now);
  std::optional<Acquired> serve(RateTime now);
  std::optional<Acquired> serve_first(const LineId& id, Line& line, RateTime now);
  void remove(TicketId ticket);

  Take take_;
  std::size_t capacity_;
  std::uint64_t last_ticket_ = 0;
  std::map<TicketId, AcquireRequest> requests_; ///< Of all who wait.
  std::map<LineId, Line> lines_;
  std::set<std::pair<RateTime, LineId>> due_; ///< One entry a line.
  std::set<std::pair<RateTime, TicketId>> deadlines_;
};

} // namespace sluice
