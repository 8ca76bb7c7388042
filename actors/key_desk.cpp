#include "actors/key_desk.hpp"

#include <algorithm>

#include "actors/audit_text.hpp"
#include "actors/crash_point.hpp"

namespace sluice {

namespace {

constexpr std::size_t idle_slice = 1024;
constexpr std::size_t inspection_slice = 64;
// There may be more than the limit of now allows.
constexpr std::size_t all_queues = 1'000'000;

bool creates_key(const core::FlowOperation& operation) {
  return std::holds_alternative<PinRequest>(operation) || std::holds_alternative<core::Pause>(operation);
}

} // namespace

// The answers of many keys.
struct KeyDesk::Inspection {
  FlowControlQuery query;
  Reply<std::vector<FlowControlInfo>> reply;
  std::vector<FlowControlInfo> infos{};
  std::size_t missing = 0; ///< Of those that were asked.
};

// --- flow control ------------------------------------------------------------

void KeyDesk::operate(to_scheduler::Operate& call) {
  if (!creates_key(call.operation) && !place_.keys.is_known(call.key))
    return call.reply({});
  auto key = place_.keys.find_or_create(call.key);
  auto prepared = place_.keys.prepare(key, call.operation);
  if (!prepared)
    return call.reply(prepared.error());
  place_.audit(std::move(call.by), action_of(call.operation), call.key.text, detail_of(call.operation));
  commit(key, std::move(call.operation), std::move(*prepared), std::move(call.reply));
}

void KeyDesk::commit(KeySupervisor::Handle key, core::FlowOperation operation, KeySupervisor::Prepared prepared,
                     Reply<void> reply) {
  place_.keys.hold(key);
  if (prepared.change)
    place_.sequencer.add(std::move(*prepared.change));
  SLUICE_CRASH_POINT("operation.before_commit");
  place_.sequencer.submit([this, key, operation = std::move(operation), epoch = prepared.epoch,
                           reply = std::move(reply)](const Result<void>& stored) {
    place_.keys.release(key);
    if (!stored) {
      place_.keys.reload(key);
      return reply(stored.error());
    }
    SLUICE_CRASH_POINT("operation.committed");
    place_.keys.hand_on(key, operation, epoch, [reply] {
      SLUICE_CRASH_POINT("operation.taken");
      reply({});
    });
  });
}

void KeyDesk::find(const FlowControlKey& key, Reply<FlowControlInfo> reply) {
  if (!place_.keys.is_known(key))
    return reply(not_found("flow control key"));
  place_.keys.inspect(key, [reply = std::move(reply)](FlowControlInfo info) { reply(std::move(info)); });
}

void KeyDesk::list(FlowControlQuery query, Reply<std::vector<FlowControlInfo>> reply) {
  go_on(std::make_shared<Inspection>(Inspection{std::move(query), std::move(reply)}));
}

// Asks few at once: no start should have to wait behind messages to ten thousand keys.
void KeyDesk::go_on(const std::shared_ptr<Inspection>& inspection) {
  auto& infos = inspection->infos;
  const auto begin = infos.size();
  auto slice = inspection->query;
  slice.limit = std::min(inspection_slice, slice.limit - begin);
  const auto keys = place_.store.keys(slice);
  if (keys.empty())
    return inspection->reply(std::move(infos));
  inspection->query.after = keys.back().text;
  infos.resize(begin + keys.size());
  inspection->missing = keys.size();
  for (std::size_t each = 0; each < keys.size(); ++each)
    place_.keys.inspect(keys[each], [this, inspection, at = begin + each](FlowControlInfo info) {
      inspection->infos[at] = std::move(info);
      if (--inspection->missing == 0)
        place_.later([this, inspection] { go_on(inspection); });
    });
}

void KeyDesk::lease(const to_scheduler::WantLease& want) {
  auto key = place_.keys.find(want.key);
  auto change = key ? place_.keys.prepare_lease(key, want.lease) : std::nullopt;
  if (!change)
    return;
  place_.keys.hold(key);
  place_.sequencer.add(std::move(*change));
  SLUICE_CRASH_POINT("lease.before_commit");
  place_.sequencer.submit_firmly([this, key, lease = want.lease](const Result<void>& stored) {
    SLUICE_CRASH_POINT("lease.committed");
    place_.keys.release(key);
    if (stored)
      place_.keys.on_leased(key, lease);
  });
}

void KeyDesk::stop_failed(KeySupervisor::Handle key) {
  auto prepared = place_.keys.prepare(key, core::Pause{});
  if (!prepared || !prepared->change)
    return;
  place_.sequencer.add(std::move(*prepared->change));
  place_.sequencer.submit_firmly([](const Result<void>&) {});
}

void KeyDesk::retire_idle() {
  auto before = place_.now().steady - place_.options.idle_key_after;
  for (auto& idle : place_.keys.idle_keys(before, place_.options.max_idle_keys, idle_slice)) {
    auto then = [this, key = idle.key](const Result<void>& stored) {
      if (stored)
        place_.keys.retire(key);
    };
    if (idle.key.text != "$")
      place_.sequencer.add(std::move(idle));
    place_.sequencer.submit(std::move(then));
  }
}

// --- queues ------------------------------------------------------------------

void KeyDesk::set_queue(const QueueName& queue, QueueSettings settings, Operator by, Reply<void> reply) {
  if (auto room = room_for_queue(place_, queue); !room)
    return reply(room);
  auto handle = place_.keys.find_or_create(queue_key(queue));
  auto prepared = place_.keys.prepare(handle, settings);
  place_.audit(std::move(by), action_of(settings), queue.text, detail_of(settings));
  commit(handle, settings, std::move(*prepared), std::move(reply));
}

void KeyDesk::find_queue(const QueueName& queue, Reply<QueueInfo> reply) const {
  auto state = place_.keys.state(queue_key(queue));
  reply(state ? Result<QueueInfo>(describe(queue, *state)) : Result<QueueInfo>(not_found("queue")));
}

void KeyDesk::list_queues(Reply<std::vector<QueueInfo>> reply) const {
  std::vector<QueueInfo> infos;
  for (const auto& queue : place_.store.queues({}, all_queues))
    if (auto state = place_.keys.state(queue_key(queue)))
      infos.push_back(describe(queue, *state));
  reply(std::move(infos));
}

QueueInfo KeyDesk::describe(const QueueName& queue, const FlowState& state) const {
  auto lag = place_.store.waiting_count(queue_key(queue), queue_time);
  return {queue,
          state.created_at,
          state.updated_at,
          state.config.limits.parallelism.value_or(1),
          state.config.paused,
          static_cast<std::int64_t>(lag)};
}

} // namespace sluice
