#include "actors/workplace.hpp"

namespace sluice {

Result<void> room_for_queue(const Workplace& place, const QueueName& name) {
  auto limit = place.options.max_queues;
  if (place.keys.is_known(queue_key(name)) || place.store.queues({}, limit).size() < limit)
    return {};
  return too_many("queueName", limit, "queues");
}

} // namespace sluice
