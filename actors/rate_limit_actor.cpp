#include "actors/rate_limit_actor.hpp"

#include "actors/audit_text.hpp"
#include "actors/core/rate_limit_validation.hpp"

namespace sluice {

namespace {

constexpr std::size_t load_slice = 2048;
constexpr std::size_t evict_slice = 8192;
constexpr auto evict_interval = std::chrono::seconds{1};

using Step = core::LimitPartition::Step;

Changes changes_of(core::UnstoredStep& step, WallTime at) {
  Changes changes;
  for (auto& [name, definition] : step.definitions) {
    if (definition)
      changes.push_back(PutLimitDefinition{std::move(name), *definition});
    else
      changes.push_back(DropLimitDefinition{std::move(name)});
  }
  if (!step.rows.empty())
    changes.push_back(SaveLimitRows{std::move(step.rows), at});
  return changes;
}

} // namespace

RateLimitActor::RateLimitActor(caf::actor_config& config, const ActorContext& context, const SchedulerOptions& options,
                               Store& store, caf::actor scheduler)
    : event_based_actor(config),
      context_(context),
      store_(store),
      scheduler_(std::move(scheduler)),
      clock_(store.limits().last_time(), context.clock()),
      partition_({options.max_limits, options.max_buckets, {}},
                 [&store](std::string_view name, std::optional<std::string_view> key) {
                   return store.limits().bucket(name, key);
                 }) {
  end_on_exception(this);
  partition_.take_in(store.limits().definitions());
}

caf::behavior RateLimitActor::make_behavior() {
  load_rows();
  tell_after(this, evict_interval, caf::actor_cast<caf::actor>(this), to_limits::Evict{});
  return {
      [this](to_limits::Ask& ask) { std::visit([this](auto& call) { guard(call); }, ask.call); },
      [this](to_limits::Stored stored) { on_stored(stored); },
      [this](to_limits::Refused refused) { on_refused(refused); },
      [this](to_limits::LoadRows) { load_rows(); },
      [this](to_limits::Evict) { evict(); },
      [this](to_limits::Stop& stop) { on_stop(stop); },
  };
}

template <class Call>
void RateLimitActor::guard(Call& call) {
  if (stopping_)
    return call.reply(Error{ErrorCode::unavailable, "the scheduler is stopping", {}});
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

template <class T>
void RateLimitActor::commit(core::UnstoredStep step, Reply<T> reply, Result<T> value, std::optional<AddAudit> audit) {
  if (step.empty() && !audit)
    return reply(std::move(value));
  auto changes = changes_of(step, clock_.read(context_.clock()));
  if (audit)
    changes.push_back(std::move(*audit));
  tell(this, scheduler_,
       to_scheduler::CommitLimits{caf::actor_cast<caf::actor>(this), epoch_, std::move(changes),
                                  [reply = std::move(reply), value = std::move(value)](const Result<void>& stored) {
                                    reply(stored ? value : Result<T>(stored.error()));
                                  }});
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
}

void RateLimitActor::carry_out(to_limits::Check& call) {
  Step step(partition_, now());
  call.reply(step.check(call.request));
}

void RateLimitActor::carry_out(to_limits::LimitAll& call) {
  Step step(partition_, now());
  auto answer = step.limit_all(call.requests);
  if (call.consumes)
    commit(step.finish(), std::move(call.reply), std::move(answer));
  else
    call.reply(std::move(answer));
}

void RateLimitActor::carry_out(to_limits::Read& call) { call.reply(partition_.read(now(), call.query)); }

void RateLimitActor::carry_out(to_limits::Reset& call) {
  Step step(partition_, now());
  step.reset(call.name, call.key);
  auto entry = audit(std::move(call.by), "resetLimit", call.name, call.key ? "key=" + *call.key : std::string{});
  commit(step.finish(true), std::move(call.reply), {}, std::move(entry));
}

void RateLimitActor::carry_out(to_limits::Transact& call) {
  Step step(partition_, now());
  if (auto done = call.body(step); !done)
    return call.reply(done);
  commit(step.finish(), std::move(call.reply), {});
}

void RateLimitActor::carry_out(to_limits::Define& call) {
  Step step(partition_, now());
  if (auto defined = step.define(call.name, call.definition); !defined)
    return call.reply(defined);
  auto entry = audit(std::move(call.by), "putLimit", call.name, detail_of(call.definition));
  commit(step.finish(true), std::move(call.reply), {}, std::move(entry));
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
  tell_after(this, evict_interval, caf::actor_cast<caf::actor>(this), to_limits::Evict{});
}

void RateLimitActor::on_stop(to_limits::Stop& stop) {
  stopping_ = true;
  tell(this, scheduler_, std::move(stop.stop));
}

} // namespace sluice
