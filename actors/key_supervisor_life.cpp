// How keys come back after their actor died, how they are shown, and how they leave memory.
#include <algorithm>
#include <utility>

#include "actors/core/lease.hpp"
#include "actors/key_supervisor.hpp"

namespace sluice {

namespace {

constexpr std::size_t max_deaths = 3; // within `death_window`, then the key is stopped
constexpr auto death_window = std::chrono::minutes{1};

} // namespace

// --- restarts ----------------------------------------------------------------

KeySupervisor::Handle KeySupervisor::on_down(const caf::down_msg& down) {
  auto found = by_actor_.find(down.source.id());
  if (found == by_actor_.end())
    return nullptr;
  auto& dead = *found->second;
  by_actor_.erase(found);
  by_number_.erase(dead.number);
  dead.actor = nullptr;
  permits_.forget(dead.number);
  permits_.on_released(std::exchange(dead.lent, 0));
  dead.failed = died_too_often(dead);
  restart(dead);
  serve_waiting_keys();
  return dead.failed ? &dead : nullptr;
}

// The mirror holds every operation that was handed on, so they all have taken effect now.
void KeySupervisor::restart(Record& record) {
  if (!record.failed)
    start_actor(record);
  for (auto& [ticket, taken] : std::exchange(record.operations, {}))
    taken();
  for (auto& [ticket, reply] : std::exchange(record.inspections, {}))
    inspect(record.key, std::move(reply));
}

// Begins paused, as it ended; the operation that revives it is still to be handed on.
void KeySupervisor::revive(Record& record) {
  record.failed = false;
  record.deaths.clear();
  start_actor(record);
}

bool KeySupervisor::died_too_often(Record& record) {
  auto now = context_.clock().steady;
  std::erase_if(record.deaths, [&](TimePoint death) { return death + death_window <= now; });
  record.deaths.push_back(now);
  return record.deaths.size() >= max_deaths;
}

// --- inspection --------------------------------------------------------------

void KeySupervisor::inspect(const FlowControlKey& key, InfoReply reply) {
  auto found = records_.find(key);
  if (found == records_.end())
    return reply(describe(make_record(key)));
  auto& target = found->second;
  if (!target.actor)
    return reply(describe(target));
  auto ticket = ++last_ticket_;
  target.inspections.emplace(ticket, std::move(reply));
  tell(self_, target.actor, to_key::Inspect{ticket});
}

// A key without an actor, from what is known about it.
FlowControlInfo KeySupervisor::describe(const Record& record) const {
  auto info = core::FlowController(setup(record)).info(context_.clock());
  info.key = record.key;
  info.is_failed = record.failed;
  return info;
}

void KeySupervisor::on_inspected(to_scheduler::Inspected& inspected) {
  auto* target = find(inspected.key);
  if (!target)
    return;
  inspected.info.key = target->key;
  if (auto reply = target->inspections.extract(inspected.ticket))
    reply.mapped()(std::move(inspected.info));
}

// --- retirement --------------------------------------------------------------

std::vector<PutKey> KeySupervisor::idle_keys(TimePoint before, std::size_t keep, std::size_t limit) {
  std::vector<PutKey> idle;
  for (auto looks = std::min(limit, rounds_.size()); looks > 0; --looks) {
    if (next_round_ == rounds_.end())
      next_round_ = rounds_.begin();
    auto& candidate = **next_round_++;
    bool is_excess = rounds_.size() > keep + idle.size();
    if ((candidate.used_at < before || is_excess) && is_idle(candidate))
      idle.push_back(exact_row(candidate));
  }
  return idle;
}

// Should something start after all, the actor asks for a new lease.
PutKey KeySupervisor::exact_row(Record& record) {
  PutKey put{record.key, record.ledger.exact_row()};
  if (core::is_leased(put.state.config.limits))
    restore(record);
  return put;
}

bool KeySupervisor::is_idle(const Record& record) const {
  return record.unsettled.empty() && record.guests.empty() && record.lent == 0 && record.holds == 0 &&
         record.operations.empty() && record.inspections.empty() && !record.failed &&
         store_.waiting(record.key, {}, admitted_until_, 1).empty();
}

std::vector<PutKey> KeySupervisor::exact_rows() const {
  std::vector<PutKey> rows;
  for (const auto& [key, record] : records_)
    if (record.ledger.is_known())
      rows.push_back({key, record.ledger.state()});
  return rows;
}

void KeySupervisor::retire(const FlowControlKey& key) {
  auto found = records_.find(key);
  if (found == records_.end() || !is_idle(found->second))
    return;
  auto& record = found->second;
  by_number_.erase(record.number);
  by_actor_.erase(record.actor.id());
  if (next_round_ == record.turn)
    ++next_round_;
  rounds_.erase(record.turn);
  permits_.forget(record.number);
  self_->send_exit(record.actor, caf::exit_reason::user_shutdown);
  records_.erase(found);
}

void KeySupervisor::shut_down() {
  for (auto& [key, record] : records_)
    if (record.actor)
      self_->send_exit(record.actor, caf::exit_reason::user_shutdown);
  records_.clear();
  by_number_.clear();
  by_actor_.clear();
  rounds_.clear();
}

} // namespace sluice
