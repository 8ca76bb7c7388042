// Owns the stored rate limits: one partition of them, which decides, with the store behind it.
//
// It answers at once what changes nothing, and what is not stored. Everything else goes to the
// scheduler actor, the only sequencer, which answers once it is stored. A handler that throws
// has its step undone and its caller told; the actor goes on, since its state is whole.
#pragma once

#include <map>

#include "actors/actor_context.hpp"
#include "actors/core/due_clock.hpp"
#include "actors/core/limit_partition.hpp"
#include "actors/limit_messages.hpp"
#include "sluice/rate_limit_queue.hpp"

namespace sluice {

class RateLimitActor : public caf::event_based_actor {
public:
  /// All references must outlive the actor.
  RateLimitActor(caf::actor_config& config, const ActorContext& context, const SchedulerOptions& options, Store& store,
                 caf::actor scheduler);

  caf::behavior make_behavior() override;
  void on_exit() override { scheduler_ = nullptr; }

private:
  /// How often full buckets are looked for.
  static constexpr auto tick = std::chrono::seconds{1};

  void carry_out(to_limits::Limit& call);
  void carry_out(to_limits::Check& call);
  void carry_out(to_limits::LimitAll& call);
  void carry_out(to_limits::Read& call);
  void carry_out(to_limits::Reset& call);
  void carry_out(to_limits::Credit& call);
  void carry_out(to_limits::Reserve& call);
  void carry_out(to_limits::Settle& call);
  void carry_out(to_limits::Acquire& call);
  void carry_out(to_limits::Leave& call);
  void carry_out(to_limits::Transact& call);
  void carry_out(to_limits::Define& call);
  void carry_out(to_limits::FindDefinition& call);
  void carry_out(to_limits::ListDefinitions& call);
  void carry_out(to_limits::Drop& call);

  template <class Call>
  void guard(Call& call);
  void on_stop(to_limits::Stop& stop);
  void on_stored(to_limits::Stored stored);
  void on_refused(to_limits::Refused refused);
  void load_rows();
  void evict();

  /// Answers all who wait and whose turn has come, and sets the timer for the next ones.
  void serve();
  /// The same after a step that has given something back.
  void serve_after(const core::LimitPartition::Step& step);
  void set_timer();
  Result<LimitVerdict> take(const AcquireRequest& request, RateTime now, bool for_real);
  void answer_waiting(const Acquired& acquired);
  Result<LimitAnswer> refusal(const AcquireRequest& request);

  RateTime now() { return clock_.read(context_.clock()); }
  AddAudit audit(Operator by, std::string action, std::string name, std::string detail) const;
  void store(core::UnstoredStep step, std::optional<AddAudit> audit, std::function<void(const Result<void>&)> then);
  /// Answers `value` once `step` and `audit` are stored, at once if there is nothing to store.
  template <class T>
  void commit(core::UnstoredStep step, Reply<T> reply, Result<T> value, std::optional<AddAudit> audit = {}) {
    if (step.empty() && !audit)
      return reply(std::move(value));
    store(std::move(step), std::move(audit),
          [reply = std::move(reply), value = std::move(value)](const Result<void>& stored) {
            reply(stored ? value : Result<T>(stored.error()));
          });
  }

  /// Somebody who waits.
  struct Waiting {
    WaitId id;
    AcquireRequest request;
    Reply<LimitAnswer> reply;
  };
  /// What the queue has just taken, to be stored and answered.
  struct Taken {
    core::UnstoredStep step;
    Result<LimitAnswer> answer;
  };

  const ActorContext& context_;
  Store& store_;
  caf::actor scheduler_;
  core::DueClock clock_;
  core::LimitPartition partition_;
  std::optional<LimitRow> last_loaded_; ///< As far as the rows of the process before have come.
  RateLimitQueue queue_;
  std::map<TicketId, Waiting> waiting_;
  std::map<WaitId, TicketId> tickets_; ///< Of those in `waiting_`.
  std::optional<Taken> taken_;
  std::optional<RateTime> timer_at_; ///< When the last timer set rings.
  std::uint64_t epoch_ = 0;
  bool stopping_ = false;
};

} // namespace sluice
