#include "actors/retention.hpp"

namespace sluice {

namespace {

// Created, active and delivered; a message that is retried has more.
constexpr std::size_t events_a_message = 8;

} // namespace

void add_retention(const Workplace& place, std::size_t messages) {
  const auto& retention = place.options.retention;
  auto now = place.now().wall;
  auto before = [now](Duration keep) { return now - std::chrono::ceil<std::chrono::milliseconds>(keep); };
  auto& sequencer = place.sequencer;
  // First the events, then the messages that they alone have kept.
  sequencer.add(DropEvents{before(retention.events), retention.max_events, events_a_message * messages,
                           retention.max_finished_bytes});
  sequencer.add(DropFinished{before(retention.finished), retention.max_finished, messages});
  sequencer.add(DropDlqEntries{before(retention.dlq), messages});
  sequencer.add(DropDuplicates{place.due.now(), messages});
}

} // namespace sluice
