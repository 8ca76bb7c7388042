#include "actors/intake.hpp"

#include <algorithm>

#include "actors/content_id.hpp"
#include "actors/crash_point.hpp"

namespace sluice {

namespace {

using std::chrono::ceil;
using std::chrono::milliseconds;

constexpr std::size_t bare_message = 1024; // Bytes without the body, roughly.

} // namespace

// Puts the answers of a batch together, whenever they come.
class Intake::Batch {
public:
  Batch(std::size_t size, Reply<std::vector<BatchAnswer>> reply)
      : answers_(size, std::vector<Published>{}), reply_(std::move(reply)) {}

  void refuse(std::size_t item, Error error) { answers_[item] = std::move(error); }
  /// The answer to the n-th message of an item, which must be called once.
  Reply<Published> expect(const std::shared_ptr<Batch>& self, std::size_t item, std::size_t n) {
    ++missing_;
    if (answers_[item])
      answers_[item]->resize(n + 1);
    return [self, item, n](const Result<Published>& published) { self->take(item, n, published); };
  }
  /// Nothing else will be expected.
  void close() { count_down(); }

private:
  void take(std::size_t item, std::size_t n, const Result<Published>& published) {
    auto& answer = answers_[item];
    if (!published)
      answer = published.error();
    else if (answer)
      (*answer)[n] = *published;
    count_down();
  }
  void count_down() {
    if (--missing_ == 0)
      reply_(std::move(answers_));
  }

  std::vector<BatchAnswer> answers_;
  std::size_t missing_ = 1;
  Reply<std::vector<BatchAnswer>> reply_;
};

Intake::Intake(Workplace& place, const UrlGroupDesk& url_groups)
    : place_(place),
      url_groups_(url_groups),
      sequences_(place.store.last_sequence()),
      origin_(place.store.opening().origin) {}

void Intake::publish(std::shared_ptr<Message> message, Reply<Published> reply) {
  auto accepted = accept(std::move(message), std::move(reply));
  if (!accepted)
    return;
  SLUICE_CRASH_POINT("publish.before_commit");
  place_.sequencer.submit(
      [this, accepted = std::move(*accepted)](const Result<void>& stored) { conclude(accepted, stored); });
}

std::optional<Intake::Accepted> Intake::accept(std::shared_ptr<Message> message, Reply<Published> reply) {
  auto id = deduplication_key(message->request);
  if (!id.empty() && answer_duplicate(id, message->request, reply))
    return std::nullopt;
  auto staged = stage(std::move(message));
  if (!staged) {
    reply(staged.error());
    return std::nullopt;
  }
  if (!id.empty()) {
    races_.try_emplace(id);
    auto until = place_.due.now() + ceil<milliseconds>(place_.options.deduplication_window);
    place_.sequencer.add(RememberDuplicate{id, staged->message->id.sequence(), until});
  }
  return Accepted{std::move(id), *std::move(staged), std::move(reply)};
}

void Intake::conclude(const Accepted& accepted, const Result<void>& stored) {
  const auto& staged = accepted.staged;
  SLUICE_CRASH_POINT("publish.committed");
  auto answer = stored ? Result<Published>(Published{staged.message->id, staged.message->destination().url})
                       : Result<Published>(stored.error());
  accepted.reply(answer);
  SLUICE_CRASH_POINT("publish.answered");
  settle(staged, stored);
  SLUICE_CRASH_POINT("publish.handed_on");
  if (!accepted.deduplication.empty())
    end_race(accepted.deduplication, answer);
}

void Intake::publish_batch(std::vector<Result<PublishRequest>> requests, Reply<std::vector<BatchAnswer>> reply) {
  auto batch = std::make_shared<Batch>(requests.size(), std::move(reply));
  std::vector<Accepted> all;
  all.reserve(requests.size());
  for (std::size_t item = 0; item < requests.size(); ++item) {
    auto messages = requests[item] ? expand(*std::move(requests[item])) : requests[item].error();
    if (!messages) {
      batch->refuse(item, messages.error());
      continue;
    }
    auto accepted = accept(*std::move(messages), item, batch);
    std::move(accepted.begin(), accepted.end(), std::back_inserter(all));
  }
  SLUICE_CRASH_POINT("batch.before_commit");
  if (!all.empty())
    place_.sequencer.submit([this, all = std::move(all)](const Result<void>& stored) {
      for (const auto& one : all)
        conclude(one, stored);
    });
  batch->close();
}

Result<std::vector<PublishRequest>> Intake::expand(PublishRequest request) const {
  std::vector<PublishRequest> messages;
  const auto* to = std::get_if<UrlGroupDestination>(&request.destination);
  if (!to) {
    messages.push_back(std::move(request));
    return messages;
  }
  const auto* group = url_groups_.find(to->name);
  if (!group)
    return UrlGroupDesk::unknown(to->name);
  // A store with room for one of them may have none for all.
  if (auto room = place_.store.room_for(group->endpoints.size() * (request.body.size() + bare_message)); !room)
    return room.error();
  for (const auto& endpoint : group->endpoints) {
    request.destination = UrlDestination{endpoint.url, group->name.text, endpoint.name};
    messages.push_back(request);
  }
  return messages;
}

std::vector<Intake::Accepted> Intake::accept(std::vector<PublishRequest> messages, std::size_t item,
                                             const std::shared_ptr<Batch>& batch) {
  std::vector<Accepted> all;
  for (std::size_t n = 0; n < messages.size(); ++n)
    if (auto accepted = accept(unnumbered(std::move(messages[n])), batch->expect(batch, item, n)))
      all.push_back(*std::move(accepted));
  return all;
}

bool Intake::answer_duplicate(const std::string& id, const PublishRequest& request, Reply<Published>& reply) {
  if (auto race = races_.find(id); race != races_.end()) {
    race->second.duplicates.push_back(std::move(reply));
    return true;
  }
  auto first = place_.store.duplicate(id, place_.due.now());
  if (first)
    reply(Published{*first, std::get<UrlDestination>(request.destination).url, true});
  return first.has_value();
}

void Intake::end_race(const std::string& id, const Result<Published>& first) {
  auto race = races_.extract(id);
  for (auto& duplicate : race.mapped().duplicates)
    duplicate(first ? Result<Published>(Published{first->id, first->url, true}) : first);
}

Result<Intake::Staged> Intake::stage(PublishRequest request) { return stage(unnumbered(std::move(request))); }

Result<Intake::Staged> Intake::stage(std::shared_ptr<Message> message) {
  auto now = place_.now();
  number(*message, now);
  if (auto room = place_.store.room_for(footprint(*message)); !room)
    return room.error();
  if (const auto& queue = message->request.queue)
    if (auto opened = open_queue(*queue); !opened)
      return opened.error();
  return stage(std::move(message), now);
}

Result<std::vector<Intake::Staged>> Intake::stage_all(std::vector<PublishRequest> requests) {
  std::vector<Staged> all;
  for (auto& request : requests) {
    auto staged = stage(std::move(request));
    if (!staged) {
      place_.sequencer.discard();
      for (const auto& one : all)
        settle(one, staged.error());
      return staged.error();
    }
    all.push_back(*std::move(staged));
  }
  return all;
}

Intake::Staged Intake::stage_callback(PublishRequest request) {
  auto now = place_.now();
  auto message = unnumbered(std::move(request));
  number(*message, now);
  message->is_first_in_queue = message->request.queue.has_value();
  return stage(std::move(message), now);
}

Intake::Staged Intake::stage(std::shared_ptr<const Message> message, Now now) {
  const auto& flow = message->request.flow_control;
  auto wait = message->not_before - now.wall;
  Staged staged{message,
                place_.keys.find_or_create(waiting_key(*message)),
                nullptr,
                0,
                place_.due.at(now) + wait,
                wait > milliseconds{0}};
  if (flow) {
    auto key = message->request.queue ? place_.keys.find_or_create(flow->key) : staged.key;
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

// Gives a message its number and its times.
void Intake::number(Message& message, Now now) {
  const auto& request = message.request;
  message.id = {sequences_.next(place_.due.at(now)), origin_};
  message.created_at = now.wall;
  message.not_before =
      request.not_before ? std::max(*request.not_before, now.wall) : now.wall + ceil<milliseconds>(request.delay);
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
  if (staged.message->request.queue || !staged.scheduled)
    keys.admit(staged.key, wait_position(*staged.message, staged.ready_at));
  if (staged.scheduled)
    place_.due.on_scheduled(staged.key, order);
}

} // namespace sluice
