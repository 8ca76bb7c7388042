// RateLimitActor's callers that wait: in line, without a thread, until their tokens are there.
#include <cmath>

#include "actors/rate_limit_actor.hpp"

namespace sluice {

namespace {

using Step = core::LimitPartition::Step;

BucketRequest bucket_of(const AcquireRequest& request) { return {request.name, request.key, request.count}; }

void nobody(const Result<void>&) {}

// Up to a whole millisecond: before that the clock does not show it.
std::chrono::milliseconds delay_until(RateTime at, RateTime now) {
  return std::chrono::ceil<std::chrono::milliseconds>(std::max(at - now, RateDuration::zero()));
}

} // namespace

void RateLimitActor::carry_out(to_limits::Acquire& call) {
  const auto time = now();
  AcquireRequest request{call.request.name, call.request.key, call.request.count, {}};
  if (std::isfinite(call.request.patience.count()))
    request.deadline = time + call.request.patience;
  const auto ticket = queue_.join(request, time);
  if (!ticket)
    return call.reply(ticket.error());
  tickets_.emplace(call.id, *ticket);
  waiting_.emplace(*ticket, Waiting{call.id, std::move(request), std::move(call.reply)});
  serve();
}

void RateLimitActor::carry_out(to_limits::Leave& call) {
  const auto found = tickets_.find(call.id);
  if (found == tickets_.end())
    return call.reply({});
  const auto ticket = found->second;
  queue_.leave(ticket);
  answer_waiting({ticket, false, {}});
  call.reply({});
  serve();
}

void RateLimitActor::serve() {
  if (stopping_ || waiting_.empty())
    return;
  const auto time = now();
  while (const auto acquired = queue_.poll(time))
    answer_waiting(*acquired);
  set_timer();
}

void RateLimitActor::serve_after(const Step& step) {
  if (waiting_.empty() || step.loosened().empty())
    return;
  for (const auto& [name, key] : step.loosened())
    queue_.on_changed(name, key);
  serve();
}

// What is later than the next tick has time until then.
void RateLimitActor::set_timer() {
  const auto at = queue_.next_wakeup();
  const auto time = now();
  const bool is_set = timer_at_ && *timer_at_ > time && *timer_at_ <= at;
  if (!at || *at > time + tick || is_set)
    return;
  timer_at_ = at;
  tell_after(this, delay_until(*at, time), caf::actor_cast<caf::actor>(this), to_limits::Serve{});
}

// Called by the queue. What is granted is stored when the queue says whose it is.
Result<LimitVerdict> RateLimitActor::take(const AcquireRequest& request, RateTime now, bool for_real) {
  Step step(partition_, now);
  auto answer = for_real ? step.limit(bucket_of(request)) : step.check(bucket_of(request));
  if (!answer)
    return answer.error();
  const LimitVerdict verdict = *answer;
  if (for_real && verdict.ok)
    taken_ = Taken{step.finish(), std::move(answer)};
  else if (for_real)
    commit<void>(step.finish(), nobody, {});
  return verdict;
}

void RateLimitActor::answer_waiting(const Acquired& acquired) {
  auto waiting = std::move(waiting_.extract(acquired.ticket).mapped());
  tickets_.erase(waiting.id);
  if (acquired.error)
    return waiting.reply(*acquired.error);
  if (!acquired.ok)
    return waiting.reply(refusal(waiting.request));
  auto taken = *std::exchange(taken_, std::nullopt);
  commit(std::move(taken.step), std::move(waiting.reply), std::move(taken.answer));
}

// Even where it would fit now: others are before.
Result<LimitAnswer> RateLimitActor::refusal(const AcquireRequest& request) {
  Step step(partition_, now());
  auto answer = step.check(bucket_of(request));
  if (answer)
    answer->ok = false;
  return answer;
}

} // namespace sluice
