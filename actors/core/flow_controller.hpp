// Decides which waiting message of one flow-control key may start, and when to ask again.
//
// No clock, no threads, no I/O: the caller passes `now` in and acts on what comes out. Not
// thread-safe; one actor owns one instance. The waitlist is a window on the store: the
// controller counts every waiting message but holds only the first few, and asks for more
// when it runs low.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "actors/core/flow_config.hpp"
#include "sluice/time.hpp"

namespace sluice::core {

/// A message inside one process: the sequence number of its id.
using Sequence = std::uint64_t;

/// A place in a waitlist: by the time a message became ready, ties by acceptance (I9).
struct WaitPosition {
  WallTime ready_at{};
  Sequence sequence = 0;

  auto operator<=>(const WaitPosition&) const = default;
};

/// The rate period of a key. It starts with the first message after the last one ended, or
/// at a reset or pin, and then the next message does not move it (spec §7.4 "Window shape").
struct RateWindow {
  std::optional<TimePoint> start{}; ///< Empty while no period runs.
  WallTime started_at{}; ///< Of the running or else the last period.
  std::int64_t count = 0; ///< Starts in the running period.
};

/// What survives the actor of a key.
struct FlowState {
  FlowConfig config{};
  RateWindow window{};
  WallTime created_at{};
  WallTime updated_at{}; ///< When an operator or a new limit last changed it.
};

/// The starts of a window that the store knows as spent, or is asked to know (see lease.hpp).
struct Lease {
  std::uint64_t epoch = 0; ///< Of the operation that last started a period; see `on_operation`.
  RateWindow window; ///< With the last start of the lease counted.
};

/// What a controller begins with.
struct FlowSetup {
  FlowState state{};
  std::uint64_t epoch = 0;
  std::size_t waiting = 0; ///< Ready messages in the store that have not started.
  std::vector<WaitPosition> guests{}; ///< Waiting ones that the store lists elsewhere.
  std::vector<Sequence> in_flight{}; ///< They hold a slot.
};

class FlowController {
public:
  /// How many waiting messages are held at most, and when to ask for more.
  static constexpr std::size_t max_window = 512;
  static constexpr std::size_t low_window = 128;

  explicit FlowController(FlowSetup setup = {});

  /// A message is ready and joins the waitlist; the store lists it under this key.
  void on_waiting(WaitPosition position);
  /// The same for a message that the store lists elsewhere: a queue has let it through.
  void on_guest(WaitPosition position);
  /// A message that kept its slot while it did not run is ready again (the head of a queue).
  void on_rejoined(WaitPosition position);
  /// A message left the waitlist without an attempt. If its start was already handed out, the
  /// slot and the rate unit are given back.
  void on_withdrawn(WaitPosition position);
  void on_guest_withdrawn(WaitPosition position);
  /// An attempt ended, whatever its outcome.
  void on_finished(Sequence sequence);
  /// An operation that `apply` accepted takes effect. `epoch` numbers those of a key that start
  /// a period: a lease asked for before such an operation is void.
  void on_operation(const FlowOperation& operation, std::uint64_t epoch, Now now);
  /// The store knows a lease that `poll_lease` asked for.
  void on_leased(const Lease& lease, Now now);
  /// Answers `poll_refill`: the positions after the one asked for, in order; `complete` if
  /// the store holds no more.
  void on_refilled(std::span<const WaitPosition> positions, bool complete);

  /// Takes the first waiting message into flight if every limit allows it.
  std::optional<Sequence> poll_start(Now now);
  /// How many more `poll_start` would yield at this moment.
  std::size_t startable(Now now);
  /// The lease without which the next message cannot start; asked once until answered.
  std::optional<Lease> poll_lease(Now now);
  /// The position after which more waiting messages are wanted; asked once until answered.
  std::optional<WaitPosition> poll_refill();
  /// When time alone lets the next message start; empty if it cannot.
  std::optional<TimePoint> next_wakeup() const;

  FlowState state(Now now);
  /// The key as users see it; `key` and `is_failed` are left to the caller.
  FlowControlInfo info(Now now);
  std::size_t waiting() const noexcept { return window_.size() + guests_.size() + beyond_; }
  std::size_t in_flight() const noexcept { return in_flight_.size(); }

private:
  void end_period_if_over(Now now);
  void start_period(Now now);
  std::size_t parallelism_room() const;
  std::size_t rate_room() const;
  std::size_t leased_room() const;
  std::size_t at_hand() const;
  WaitPosition take_first();
  bool give_back(Sequence sequence);
  void insert(WaitPosition position);
  void trim();

  FlowConfig config_;
  RateWindow rate_;
  std::deque<WaitPosition> window_; ///< The head of the waitlist, in order.
  std::size_t beyond_ = 0; ///< Waiting messages after `tail_`, in the store only.
  WaitPosition tail_{}; ///< The window holds everything up to here if `beyond_` > 0.
  bool refilling_ = false;
  std::deque<WaitPosition> guests_; ///< Waiting, in order, beside the window.
  std::uint64_t epoch_ = 0;
  std::int64_t leased_ = 0; ///< Starts of the running period that the store knows as spent.
  bool leasing_ = false; ///< A lease was asked for.
  /// Running messages, and the period that each was counted in.
  std::unordered_map<Sequence, std::optional<TimePoint>> in_flight_;
};

} // namespace sluice::core
