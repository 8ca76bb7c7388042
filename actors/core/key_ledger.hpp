// What one flow-control key's row in the store says and is to say: the state as its operations have
// left it, the starts that were counted, and what of the running window is leased.
//
// Operations are applied when they are sequenced, before they are committed and before the key
// takes them; starts are counted as the key reports them. Pure; time is passed in.
#pragma once

#include <optional>

#include "actors/core/flow_controller.hpp"
#include "sluice/result.hpp"

namespace sluice::core {

class KeyLedger {
public:
  /// `initial`: a key that nobody has named. `stored`: the row on the clocks of this process, if there is one.
  KeyLedger(FlowState initial, std::optional<FlowState> stored);

  /// The store knows the key, or is about to.
  bool is_known() const noexcept { return is_known_; }
  /// As the last operation left it.
  const FlowState& state() const noexcept { return state_; }
  /// Grows whenever leases become void; see FlowController::on_operation.
  std::uint64_t epoch() const noexcept { return epoch_; }

  /// Applies an operation; false if nothing durable changes. Error: as core::apply.
  Result<bool> apply(const FlowOperation& operation, Now now);
  /// An operation that was applied is committed, and the key is told.
  void on_handed_on(const FlowOperation& operation);
  /// The key has started a message; `window` counts it.
  void on_started(const RateWindow& window);
  /// A lease that the key asks for; false if an operation has made it void.
  bool take(const Lease& lease);
  /// A commit failed: everything is as `stored` says again, but for the starts that have happened.
  void reload(std::optional<FlowState> stored);
  /// As before anybody named the key.
  void forget();

  /// What the store is to know: of a leased window all that may be used before the next commit.
  FlowState row() const;
  /// The same without anything leased; the key must not start before it has leased again.
  FlowState exact_row();

private:
  FlowState initial_;
  bool is_known_;
  FlowState state_;
  RateWindow counted_; ///< The window without operations that are not committed.
  RateWindow lease_; ///< What of the window the store knows as spent, or is about to.
  std::uint64_t epoch_ = 0;
};

} // namespace sluice::core
