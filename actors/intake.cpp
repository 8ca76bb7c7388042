#include "actors/intake.hpp"

#include <algorithm>

#include "actors/content_id.hpp"
#include "actors/crash_point.hpp"

namespace sluice {

namespace {

using std::chrono::ceil;
using std::chrono::milliseconds;

} // namespace

Intake::Intake(Workplace& place)
    : place_(place), sequences_(place.store.last_sequence()), origin_(place.store.opening().origin) {}

void Intake::publish(PublishRequest request, Reply<Published> reply) {
  auto id = deduplication_key(request);
  if (!id.empty() && answer_duplicate(id, place_.now(), reply))
    return;
  auto staged = stage(std::move(request));
  if (!staged)
    return reply(staged.error());
  if (!id.empty()) {
    races_.try_emplace(id);
    auto until = place_.due.now() + ceil<milliseconds>(place_.options.deduplication_window);
    place_.sequencer.add(RememberDuplicate{id, staged->message->id.sequence(), until});
  }
  SLUICE_CRASH_POINT("publish.before_commit");
  place_.sequencer.submit(
      [this, id = std::move(id), staged = std::move(*staged), reply = std::move(reply)](const Result<void>& stored) {
        SLUICE_CRASH_POINT("publish.committed");
        auto answer = stored ? Result<Published>(Published{staged.message->id}) : Result<Published>(stored.error());
        reply(answer);
        SLUICE_CRASH_POINT("publish.answered");
        settle(staged, stored);
        SLUICE_CRASH_POINT("publish.handed_on");
        if (!id.empty())
          end_race(id, answer);
      });
}

bool Intake::answer_duplicate(const std::string& id, Now now, Reply<Published>& reply) {
  if (auto race = races_.find(id); race != races_.end()) {
    race->second.duplicates.push_back(std::move(reply));
    return true;
  }
  auto first = place_.store.duplicate(id, place_.due.at(now));
  if (first)
    reply(Published{*first, true});
  return first.has_value();
}

void Intake::end_race(const std::string& id, const Result<Published>& first) {
  auto race = races_.extract(id);
  for (auto& duplicate : race.mapped().duplicates)
    duplicate(first ? Result<Published>(Published{first->id, true}) : first);
}

Result<Intake::Staged> Intake::stage(PublishRequest request) {
  auto now = place_.now();
  auto message = number(std::move(request), now);
  if (auto room = place_.store.room_for(footprint(*message)); !room)
    return room.error();
  const auto& queue = message->request.queue;
  const auto& flow = message->request.flow_control;
  if (queue)
    if (auto opened = open_queue(*queue); !opened)
      return opened.error();

  auto wait = message->not_before - now.wall;
  Staged staged{message,
                place_.keys.find_or_create(waiting_key(*message)),
                nullptr,
                0,
                place_.due.at(now) + wait,
                wait > milliseconds{0}};
  if (flow) {
    auto key = queue ? place_.keys.find_or_create(flow->key) : staged.key;
    auto prepared = place_.keys.prepare(key, core::UseLimits{flow->limits});
    if (prepared->change) {
      staged.flow = key;
      staged.flow_epoch = prepared->epoch;
      place_.keys.hold(key);
      place_.sequencer.add(std::move(*prepared->change));
    }
  }
  place_.keys.hold(staged.key);
  place_.sequencer.add(InsertMessage{message, staged.ready_at, staged.scheduled});
  place_.sequencer.add(AddEvent{{message->created_at,
                                 message->id.sequence(),
                                 EventKind::created,
                                 0,
                                 staged.scheduled ? message->not_before : WallTime{},
                                 {}},
                                message});
  return staged;
}

// Gives a request its number and its times.
std::shared_ptr<const Message> Intake::number(PublishRequest request, Now now) {
  auto message = std::make_shared<Message>();
  message->id = {sequences_.next(place_.due.at(now)), origin_};
  message->created_at = now.wall;
  message->not_before =
      request.not_before ? std::max(*request.not_before, now.wall) : now.wall + ceil<milliseconds>(request.delay);
  message->request = std::move(request);
  return message;
}

// A queue comes into being with its first message (spec §2.4).
Result<void> Intake::open_queue(const QueueName& name) {
  auto key = queue_key(name);
  if (place_.keys.is_known(key))
    return {};
  if (auto room = room_for_queue(place_, name); !room)
    return room;
  auto queue = place_.keys.find_or_create(key);
  auto prepared = place_.keys.prepare(queue, QueueSettings{});
  place_.sequencer.add(std::move(*prepared->change));
  return {};
}

void Intake::settle(const Staged& staged, const Result<void>& stored) {
  auto& keys = place_.keys;
  keys.release(staged.key);
  if (staged.flow)
    keys.release(staged.flow);
  if (!stored) {
    keys.reload(staged.key);
    if (staged.flow && staged.flow != staged.key)
      keys.reload(staged.flow);
    return;
  }
  if (staged.flow)
    keys.hand_on(staged.flow, core::UseLimits{staged.message->request.flow_control->limits}, staged.flow_epoch, {});
  WaitPosition order{staged.ready_at, staged.message->id.sequence()};
  if (staged.message->request.queue)
    keys.admit(staged.key, {queue_time, order.sequence});
  else if (!staged.scheduled)
    keys.admit(staged.key, order);
  if (staged.scheduled)
    place_.due.on_scheduled(staged.key, order);
}

} // namespace sluice
