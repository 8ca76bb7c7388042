#include "actors/rate_limit_actor.hpp"

#include "actors/audit_text.hpp"
#include "actors/core/rate_limit_validation.hpp"

namespace sluice {

namespace {

constexpr std::size_t load_slice = 2048;
constexpr std::size_t evict_slice = 8192;

using Step = core::LimitPartition::Step;

Changes changes_of(core::UnstoredStep& step, WallTime at) {
  Changes changes;
  for (auto& [name, definition] : step.definitions) {
    if (definition)
      changes.push_back(PutLimitDefinition{std::move(name), *definition});
    else
      changes.push_back(DropLimitDefinition{std::move(name)});
  }
  for (auto& change : step.reservations)
    changes.push_back(SaveReservation{std::move(change)});
  if (!step.rows.empty())
    changes.push_back(SaveLimitRows{std::move(step.rows), at});
  return changes;
}

Error stopping() { return {ErrorCode::unavailable, "the scheduler is stopping", {}}; }

// The ids of one process are above those of any before: nobody ends by mistake what another one reserved.
core::PartitionOptions options_of(const SchedulerOptions& options, const Store& store) {
  core::PartitionOptions partition{
      options.max_limits, options.max_buckets, ReservationId{(store.opening().generation << 32) + 1}, {}};
  partition.limits.max_reservations = options.max_reservations;
  return partition;
}

} // namespace

RateLimitActor::RateLimitActor(caf::actor_config& config, const ActorContext& context, const SchedulerOptions& options,
                               Store& store, caf::actor scheduler)
    : event_based_actor(config),
      context_(context),
      store_(store),
      scheduler_(std::move(scheduler)),
      clock_(store.limits().last_time(), context.clock()),
      partition_(options_of(options, store),
                 [&store](std::string_view name, std::optional<std::string_view> key) {
                   return store.limits().bucket(name, key);
                 }),
      queue_([this](const auto& request, RateTime now, bool for_real) { return take(request, now, for_real); },
             options.max_limit_waits) {
  end_on_exception(this);
  partition_.take_in(store.limits().definitions());
  partition_.take_in(store.limits().reservations());
}

caf::behavior RateLimitActor::make_behavior() {
  load_rows();
  tell_after(this, tick, caf::actor_cast<caf::actor>(this), to_limits::Evict{});
  return {
      [this](to_limits::Ask& ask) { std::visit([this](auto& call) { guard(call); }, ask.call); },
      [this](to_limits::Stored stored) { on_stored(stored); },
      [this](to_limits::Refused refused) { on_refused(refused); },
      [this](to_limits::LoadRows) { load_rows(); },
      [this](to_limits::Evict) { evict(); },
      [this](to_limits::Serve) { serve(); },
      [this](to_limits::Stop& stop) { on_stop(stop); },
  };
}

template <class Call>
void RateLimitActor::guard(Call& call) {
  if (stopping_)
    return call.reply(stopping());
  try {
    try {
      context_.enter("limits.call");
    } catch (const std::exception&) {
      context_.enter("limits.call");
    }
    carry_out(call);
  } catch (const std::exception& error) {
    if (call.reply)
      call.reply(Error{ErrorCode::internal, std::string("internal error: ") + error.what(), {}});
  }
}

void RateLimitActor::store(core::UnstoredStep step, std::optional<AddAudit> audit,
                           std::function<void(const Result<void>&)> then) {
  auto changes = changes_of(step, clock_.read(context_.clock()));
  if (audit)
    changes.push_back(std::move(*audit));
  tell(this, scheduler_,
       to_scheduler::CommitLimits{caf::actor_cast<caf::actor>(this), epoch_, std::move(changes), std::move(then)});
}

AddAudit RateLimitActor::audit(Operator by, std::string action, std::string name, std::string detail) const {
  return {std::make_shared<const AuditEntry>(
      AuditEntry{context_.clock().wall, std::move(by), std::move(action), std::move(name), std::move(detail)})};
}

// --- calls -------------------------------------------------------------------

void RateLimitActor::carry_out(to_limits::Limit& call) {
  Step step(partition_, now());
  auto answer = step.limit(call.request);
  commit(step.finish(), std::move(call.reply), std::move(answer));
  serve_after(step);
}

void RateLimitActor::carry_out(to_limits::Check& call) {
  Step step(partition_, now());
  call.reply(step.check(call.request));
}

void RateLimitActor::carry_out(to_limits::LimitAll& call) {
  Step step(partition_, now());
  auto answer = step.limit_all(call.requests);
  if (!call.consumes)
    return call.reply(std::move(answer));
  commit(step.finish(), std::move(call.reply), std::move(answer));
  serve_after(step);
}

void RateLimitActor::carry_out(to_limits::Read& call) { call.reply(partition_.read(now(), call.query)); }

void RateLimitActor::carry_out(to_limits::Reset& call) {
  Step step(partition_, now());
  step.reset(call.name, call.key);
  auto entry = audit(std::move(call.by), "resetLimit", call.name, call.key ? "key=" + *call.key : std::string{});
  commit(step.finish(true), std::move(call.reply), {}, std::move(entry));
  serve_after(step);
}

void RateLimitActor::carry_out(to_limits::Credit& call) {
  Step step(partition_, now());
  auto given = step.credit(call.bucket);
  commit(step.finish(), std::move(call.reply), std::move(given));
  serve_after(step);
}

void RateLimitActor::carry_out(to_limits::Reserve& call) {
  Step step(partition_, now());
  auto answer = step.reserve(call.request);
  commit(step.finish(), std::move(call.reply), std::move(answer));
}

void RateLimitActor::carry_out(to_limits::Settle& call) {
  Step step(partition_, now());
  auto settled = step.commit(call.name, call.id, call.used);
  commit(step.finish(), std::move(call.reply), std::move(settled));
  serve_after(step);
}

void RateLimitActor::carry_out(to_limits::Transact& call) {
  Step step(partition_, now());
  if (auto done = call.body(step); !done)
    return call.reply(done);
  commit(step.finish(), std::move(call.reply), {});
  serve_after(step);
}

void RateLimitActor::carry_out(to_limits::Define& call) {
  Step step(partition_, now());
  if (auto defined = step.define(call.name, call.definition); !defined)
    return call.reply(defined);
  auto entry = audit(std::move(call.by), "putLimit", call.name, detail_of(call.definition));
  commit(step.finish(true), std::move(call.reply), {}, std::move(entry));
  queue_.on_defined(call.name);
  serve();
}

void RateLimitActor::carry_out(to_limits::FindDefinition& call) {
  const auto found = partition_.definitions().find(call.name);
  if (found == partition_.definitions().end())
    return call.reply(core::undefined_limit(call.name));
  call.reply(found->second);
}

void RateLimitActor::carry_out(to_limits::ListDefinitions& call) { call.reply(partition_.definitions()); }

void RateLimitActor::carry_out(to_limits::Drop& call) {
  Step step(partition_, now());
  if (auto dropped = step.drop(call.name); !dropped)
    return call.reply(dropped);
  auto entry = audit(std::move(call.by), "dropLimit", call.name, {});
  commit(step.finish(true), std::move(call.reply), {}, std::move(entry));
  queue_.on_defined(call.name);
  serve();
}

// --- the store ---------------------------------------------------------------

void RateLimitActor::on_stored(to_limits::Stored stored) {
  if (stored.epoch == epoch_)
    partition_.stored();
}

void RateLimitActor::on_refused(to_limits::Refused refused) {
  if (refused.epoch != epoch_)
    return;
  partition_.refused();
  ++epoch_;
  queue_.on_all_changed();
  serve();
}

// In slices, between which calls are answered: what they need is fetched for them.
void RateLimitActor::load_rows() {
  auto rows = store_.limits().rows_after(last_loaded_ ? &*last_loaded_ : nullptr, load_slice);
  const Reply<void> nobody = [](const Result<void>&) {};
  commit(partition_.take_in(rows), nobody, {});
  if (rows.size() < load_slice)
    return partition_.rows_complete();
  last_loaded_ = std::move(rows.back());
  tell(this, caf::actor_cast<caf::actor>(this), to_limits::LoadRows{});
}

void RateLimitActor::evict() {
  if (stopping_)
    return;
  Step step(partition_, now());
  step.evict(evict_slice);
  commit<void>(step.finish(), [](const Result<void>&) {}, {});
  partition_.forget_names(evict_slice);
  serve(); // The clock may have been set forward, past what a timer waits for.
  tell_after(this, tick, caf::actor_cast<caf::actor>(this), to_limits::Evict{});
}

void RateLimitActor::on_stop(to_limits::Stop& stop) {
  stopping_ = true;
  for (auto& [ticket, waiting] : std::exchange(waiting_, {}))
    waiting.reply(stopping());
  tell(this, scheduler_, std::move(stop.stop));
}

} // namespace sluice
