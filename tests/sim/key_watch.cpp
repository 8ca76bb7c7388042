#include "tests/sim/key_watch.hpp"

#include <algorithm>
#include <limits>

#include "actors/core/lease.hpp"

namespace sluice::sim {

namespace {

using namespace std::chrono_literals;

constexpr auto unlimited = std::numeric_limits<std::int64_t>::max();

core::FlowConfig initial(const FlowControlKey& key) {
  core::FlowConfig config;
  if (is_queue(key))
    config.limits.parallelism = 1;
  return config;
}

std::int64_t most_parallelism(const std::vector<core::FlowConfig>& configs) {
  std::int64_t most = 0;
  for (const auto& config : configs)
    most = std::max(most, config.limits.parallelism.value_or(unlimited));
  return most;
}

bool are_paused(const std::vector<core::FlowConfig>& configs) {
  return std::all_of(configs.begin(), configs.end(), [](const auto& one) { return one.paused; });
}

} // namespace

KeyWatch::KeyWatch(SimTime& time, Journal& journal, const Plan& plan, const Store& disk)
    : time_(time), journal_(journal), plan_(plan), disk_(disk) {
  for (const auto& one : plan.keys)
    at(one.key).plan = &one;
}

Watched& KeyWatch::at(const FlowControlKey& key) {
  return keys_.try_emplace(key, Watched{ConfigHistory{initial(key)}}).first->second;
}

void KeyWatch::may_use(const FlowControl& flow) {
  auto& watched = at(flow.key);
  if (!std::exchange(watched.may_be_used, true))
    watched.history.call_unsure(core::UseLimits{flow.limits});
}

void KeyWatch::on_stored(const Changes& changes) {
  for (const auto& queue : plan_.queues)
    seat(queue_key(queue), changes);
  for (const auto& change : changes)
    if (const auto* put = std::get_if<PutKey>(&change)) {
      auto& watched = at(put->key);
      bool leases = watched.stored && watched.stored->state.config == put->state.config && put->state.window.count > 0;
      if (!leases)
        watched.changed_at = time_.elapsed();
      watched.stored = *put;
      note(*put);
    }
}

void KeyWatch::note(const PutKey& put) {
  const auto& window = put.state.window;
  const auto& limits = put.state.config.limits;
  auto began = window.start ? time_.elapsed() - (time_.now().steady - *window.start) : Duration{-1};
  journal_.note("key ", put.key.text, " rate ", limits.rate.value_or(0), '/', limits.period.count(), " paused ",
                put.state.config.paused, " window ", began.count(), " spent ", window.count);
}

void KeyWatch::on_start(const Tracked& tracked, const Ledger& ledger) {
  const auto& message = *tracked.message;
  auto& watched = at(flow_key(message));
  ++watched.open;
  watched.starts.times.push_back(time_.elapsed());
  check_config(flow_key(message), watched);
  check_lease(flow_key(message), watched);
  if (message.request.queue)
    check_queue(tracked);
  else
    check_order(tracked, ledger);
}

void KeyWatch::check_config(const FlowControlKey& key, const Watched& watched) {
  auto possible = watched.history.possible(time_.elapsed());
  if (possible.empty())
    journal_.violate("I18: nothing explains the configuration of ", key.text);
  else if (are_paused(possible))
    journal_.violate("I7: ", key.text, " starts while it is paused");
  else if (watched.open > most_parallelism(possible))
    journal_.violate("I6: ", key.text, " has ", watched.open, " calls in flight");
}

// The disk knows each start of a leased period as spent before it happens.
void KeyWatch::check_lease(const FlowControlKey& key, const Watched& watched) {
  auto row = disk_.key(key);
  if (!row || !core::is_leased(row->state.config.limits) || watched.changed_at == time_.elapsed())
    return;
  const auto& window = row->state.window;
  auto now = time_.now().steady;
  if (!window.start || now >= *window.start + row->state.config.limits.period)
    return journal_.violate("I5: ", key.text, " starts in a period that the disk does not know");
  const auto& times = watched.starts.times;
  auto begin = time_.elapsed() - (now - *window.start);
  auto started = times.end() - std::lower_bound(times.begin(), times.end(), begin);
  if (started > window.count && watched.changed_at < begin)
    journal_.violate("I5: ", key.text, " has ", started, " starts, the disk knows ", window.count);
}

// --- order -------------------------------------------------------------------

bool KeyWatch::was_ready(const Tracked& tracked) const {
  auto now = time_.elapsed();
  bool jumped = time_.jumped_at() && now - *time_.jumped_at() <= 2s;
  return !tracked.is_over() && !tracked.in_work && !tracked.cancel_began && tracked.listed_at < now && !jumped;
}

// Of what starts at one moment the order is not looked at.
void KeyWatch::check_order(const Tracked& tracked, const Ledger& ledger) {
  auto row = disk_.message(tracked.message->id.sequence());
  if (!row)
    return;
  auto ready_before_now = row->ready_at - 1ms;
  for (auto position : disk_.waiting(waiting_key(*tracked.message), {}, ready_before_now, 64))
    if (was_ready(ledger.messages().at(position.sequence)))
      return suspect(row->message->id.sequence(), position.sequence, ledger);
}

void KeyWatch::suspect(Sequence first, Sequence overtaken, const Ledger& ledger) {
  time_.after(1us, [this, first, overtaken, &ledger, now = time_.elapsed(), processes = processes_] {
    if (processes != processes_)
      return; // Its start was lost with the process.
    const auto& last = ledger.messages().at(overtaken).last;
    if (was_ready(ledger.messages().at(overtaken)) && (!last || last->at != now))
      journal_.violate("I9: ", first, " overtakes ", overtaken);
  });
}

// What it has let through before its parallelism was lowered may start later.
std::int64_t KeyWatch::places(const FlowControlKey& queue) {
  return std::max(most_parallelism(at(queue).history.possible(time_.elapsed())), at(queue).most_places);
}

// Before the disk takes the group, whose changes take effect one by one. A callback that comes later takes the slot of the
// message that it tells of, and none of theirs.
void KeyWatch::seat(const FlowControlKey& queue, const Changes& changes) {
  auto& seated = at(queue).seated;
  auto slots = static_cast<std::size_t>(places(queue));
  auto first = disk_.waiting(queue, {}, WallTime::max(), slots + changes.size());
  std::set<WaitPosition> waiting(first.begin(), first.end());
  auto seat_first = [&] {
    std::size_t taken = 0;
    for (auto at = waiting.begin(); at != waiting.end() && taken < slots; ++at, ++taken)
      seated.insert(at->sequence);
  };
  seat_first();
  for (const auto& change : changes)
    if (const auto* insert = std::get_if<InsertMessage>(&change); insert && waiting_key(*insert->message) == queue)
      waiting.insert(wait_position(*insert->message, {}));
    else if (const auto* end = std::get_if<FinishMessage>(&change);
             end && std::erase_if(waiting, [&](auto one) { return one.sequence == end->sequence; }) > 0)
      seat_first();
}

// Those before it in its queue that have not ended hold the other places.
void KeyWatch::check_queue(const Tracked& tracked) {
  auto key = waiting_key(*tracked.message);
  if (are_paused(at(key).history.possible(time_.elapsed())) && !tracked.last)
    journal_.violate("I7: ", key.text, " starts while it is paused");
  auto sequence = tracked.message->id.sequence();
  if (at(key).seated.contains(sequence))
    return;
  auto count = places(key);
  auto first = disk_.waiting(key, {}, WallTime::max(), static_cast<std::size_t>(count));
  if (static_cast<std::int64_t>(first.size()) == count && first.back() < wait_position(*tracked.message, {}))
    journal_.violate("I9: ", sequence, " starts before its turn in ", key.text);
}

// --- events ------------------------------------------------------------------

void KeyWatch::on_withdrawal() {
  for (auto& [key, watched] : keys_)
    watched.starts.may_begin_unseen = true;
}

// What the disk takes for spent and was not started is lost: of each crash one lease, and another
// one that was known to the key while its starts were still on their way to the destination.
void KeyWatch::check_loss(const FlowControlKey& key, Watched& watched) {
  auto row = disk_.key(key);
  auto now = time_.now().steady;
  bool is_steady = watched.plan && watched.plan->is_steady();
  if (!row || !is_steady || !core::is_leased(row->state.config.limits) || watched.starts.may_begin_unseen)
    return;
  const auto& limits = row->state.config.limits;
  const auto& window = row->state.window;
  if (!window.start || now >= *window.start + limits.period)
    return;
  auto begin = time_.elapsed() - (now - *window.start);
  if (watched.changed_at >= begin)
    return; // Of a period that nobody leased from its beginning all counts as spent.
  const auto& times = watched.starts.times;
  auto lost = window.count - (times.end() - std::lower_bound(times.begin(), times.end(), begin));
  auto before = watched.loss.begin == begin ? watched.loss.starts : 0;
  if (lost > before + 2 * core::lease_size(limits))
    journal_.violate("I5: a crash has cost ", key.text, ' ', lost - before, " starts");
  watched.loss = {begin, lost};
}

void KeyWatch::on_process_over() {
  ++processes_;
  for (auto& [key, watched] : keys_) {
    check_loss(key, watched);
    watched.history.on_process_over();
    watched.open = 0;
    watched.most_places = 0;
    watched.seated.clear();
    for (auto& reset : watched.starts.resets)
      reset.answered = reset.answered == Duration::max() ? time_.elapsed() + 1h : reset.answered;
  }
}

void KeyWatch::check_end() {
  for (const auto& [key, watched] : keys_) {
    if (!watched.plan || !watched.plan->is_steady())
      continue;
    const auto& limits = watched.plan->limits.front();
    auto starts = watched.starts;
    starts.may_begin_unseen = starts.may_begin_unseen || core::is_leased(limits);
    if (limits.rate && !are_explained(starts, limits))
      journal_.violate("I5: the starts of ", key.text, " exceed its rate");
  }
}

} // namespace sluice::sim
