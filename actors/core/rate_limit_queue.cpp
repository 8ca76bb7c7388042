#include "sluice/rate_limit_queue.hpp"

#include <algorithm>
#include <cmath>

namespace sluice {

namespace {

// Rounded up to a whole millisecond, and at least one: the exact wait may fall short by a
// rounding error (spec §3), and asking again at once would be a busy loop.
RateTime retry_at(RateTime now, RateDuration wait) {
  return now + RateDuration{std::max(1.0, std::ceil(wait.count()))};
}

Result<LimitVerdict> ask(RateLimiter& limiter, const AcquireRequest& request, RateTime now, bool for_real) {
  LimitRequest wanted;
  if (request.key)
    wanted.key = *request.key;
  wanted.count = request.count;
  auto transaction = limiter.begin_at(now);
  auto verdict = for_real ? limiter.limit(request.name, wanted) : limiter.check(request.name, wanted);
  transaction.commit();
  return verdict;
}

} // namespace

RateLimitQueue::RateLimitQueue(RateLimiter& limiter, std::size_t capacity)
    : RateLimitQueue([&limiter](const AcquireRequest& request, RateTime now,
                                bool for_real) { return ask(limiter, request, now, for_real); },
                     capacity) {}

Result<TicketId> RateLimitQueue::join(AcquireRequest request, RateTime now) {
  if (requests_.size() >= capacity_)
    return Error{ErrorCode::overloaded, "Too many wait for a rate limit."};
  if (!(request.count >= 0))
    return invalid("count", "Nobody can wait for less than nothing.");
  if (auto checked = take_(request, now, false); !checked)
    return checked.error();
  const TicketId ticket{++last_ticket_};
  const LineId id{request.name, request.key};
  auto& line = lines_[id];
  line.tickets.insert(ticket);
  if (line.tickets.size() == 1)
    schedule(id, line, now);
  if (request.deadline)
    deadlines_.emplace(*request.deadline, ticket);
  requests_.emplace(ticket, std::move(request));
  return ticket;
}

bool RateLimitQueue::leave(TicketId ticket) {
  if (!requests_.contains(ticket))
    return false;
  remove(ticket);
  return true;
}

std::optional<Acquired> RateLimitQueue::poll(RateTime now) {
  // Whoever can be served in the moment of the deadline is.
  if (auto served = serve(now))
    return served;
  return expire(now);
}

std::optional<RateTime> RateLimitQueue::next_wakeup() const {
  std::optional<RateTime> wakeup;
  if (!due_.empty() && std::isfinite(due_.begin()->first.time_since_epoch().count()))
    wakeup = due_.begin()->first;
  if (!deadlines_.empty())
    wakeup = std::min(wakeup.value_or(deadlines_.begin()->first), deadlines_.begin()->first);
  return wakeup;
}

Result<LimitVerdict> RateLimitQueue::try_acquire(const AcquireRequest& request, RateTime now) {
  const bool is_first = !lines_.contains({request.name, request.key});
  auto verdict = take_(request, now, is_first);
  if (verdict && !is_first)
    verdict->ok = false;
  return verdict;
}

void RateLimitQueue::on_changed(std::string_view name, const std::optional<std::string>& key) {
  const auto line = lines_.find({std::string(name), key});
  if (line != lines_.end())
    schedule(line->first, line->second, RateTime{});
}

void RateLimitQueue::on_defined(std::string_view name) {
  for (auto line = lines_.lower_bound({std::string(name), std::nullopt});
       line != lines_.end() && line->first.name == name; ++line)
    schedule(line->first, line->second, RateTime{});
}

void RateLimitQueue::on_all_changed() {
  for (auto& [id, line] : lines_)
    schedule(id, line, RateTime{});
}

std::optional<Acquired> RateLimitQueue::serve(RateTime now) {
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto line = lines_.find(due_.begin()->second);
    if (auto served = serve_first(line->first, line->second, now))
      return served;
  }
  return std::nullopt;
}

std::optional<Acquired> RateLimitQueue::serve_first(const LineId& id, Line& line, RateTime now) {
  const auto ticket = *line.tickets.begin();
  const auto verdict = take_(requests_.at(ticket), now, true);
  if (verdict && !verdict->ok) {
    schedule(id, line, retry_at(now, *verdict->retry_after));
    return std::nullopt;
  }
  remove(ticket);
  return Acquired{ticket, verdict.has_value(), verdict ? std::nullopt : std::optional{verdict.error()}};
}

std::optional<Acquired> RateLimitQueue::expire(RateTime now) {
  if (deadlines_.empty() || deadlines_.begin()->first > now)
    return std::nullopt;
  const auto ticket = deadlines_.begin()->second;
  remove(ticket);
  return Acquired{ticket, false, {}};
}

void RateLimitQueue::schedule(const LineId& id, Line& line, RateTime at) {
  due_.erase({line.due_at, id});
  line.due_at = at;
  due_.emplace(at, id);
}

void RateLimitQueue::remove(TicketId ticket) {
  const auto request = std::move(requests_.extract(ticket).mapped());
  if (request.deadline)
    deadlines_.erase({*request.deadline, ticket});
  const auto line = lines_.find({request.name, request.key});
  auto& [id, waiting] = *line;
  const bool was_first = *waiting.tickets.begin() == ticket;
  waiting.tickets.erase(ticket);
  if (waiting.tickets.empty()) {
    due_.erase({waiting.due_at, id});
    lines_.erase(line);
  } else if (was_first) {
    schedule(id, waiting, RateTime{}); // Who is first now may want less.
  }
}

} // namespace sluice
