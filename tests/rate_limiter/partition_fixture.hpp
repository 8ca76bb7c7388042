#pragma once

#include <map>
#include <random>

#include "actors/core/limit_partition.hpp"
#include "limiter_fixture.hpp"

namespace sluice::test {

using Step = core::LimitPartition::Step;
using Rows = std::map<std::pair<std::string, std::optional<std::string>>, std::vector<LimitRow>>;

// A partition over a store that is a map.
struct PartitionFixture {
  PartitionFixture() { open(); }

  /// As a new process would.
  void open() {
    unanswered.clear();
    partition = std::make_unique<core::LimitPartition>(
        options(), [this](std::string_view name, std::optional<std::string_view> key) {
          ++fetches;
          const auto found = rows.find({std::string(name), key ? std::optional<std::string>(*key) : std::nullopt});
          return found == rows.end() ? std::vector<LimitRow>{} : found->second;
        });
    partition->take_in(definitions);
    std::vector<core::ReservationChange> stored;
    for (const auto& [id, reservation] : reservations)
      stored.push_back({id, reservation});
    partition->take_in(stored);
  }
  void load_all() {
    for (const auto& [bucket, stored] : rows)
      keep(partition->take_in(stored));
    partition->rows_complete();
  }

  void keep(core::UnstoredStep step) {
    if (!step.empty())
      unanswered.push_back(std::move(step));
  }
  void store_oldest() {
    for (const auto& [row, removed] : unanswered.front().rows) {
      auto& bucket = rows[{row.name, row.key}];
      std::erase_if(bucket, [&](const LimitRow& other) { return other.shard == row.shard; });
      if (!removed)
        bucket.push_back(row);
    }
    for (const auto& [name, definition] : unanswered.front().definitions) {
      if (definition)
        definitions[name] = *definition;
      else
        definitions.erase(name);
    }
    for (const auto& [id, reservation] : unanswered.front().reservations) {
      if (reservation)
        reservations[id] = *reservation;
      else
        reservations.erase(id);
    }
    unanswered.pop_front();
    partition->stored();
  }
  void store_all() {
    while (!unanswered.empty())
      store_oldest();
  }
  void refuse() {
    unanswered.clear();
    partition->refused();
  }

  void define(const std::string& name, LimitDefinition definition) {
    Step step(*partition, now);
    REQUIRE(step.define(name, definition));
    keep(step.finish());
  }
  LimitAnswer limit(BucketRequest request) {
    Step step(*partition, now);
    const auto answer = step.limit(request);
    INFO((answer ? "" : answer.error().message));
    REQUIRE(answer);
    keep(step.finish());
    return *answer;
  }
  ReservationAnswer reserve(ReservationRequest request) {
    Step step(*partition, now);
    const auto answer = step.reserve(request);
    INFO((answer ? "" : answer.error().message));
    REQUIRE(answer);
    keep(step.finish());
    return *answer;
  }
  bool commit(const std::string& name, ReservationId id, double used) {
    Step step(*partition, now);
    const auto settled = step.commit(name, id, used);
    REQUIRE(settled);
    keep(step.finish());
    return *settled;
  }
  double remaining(const std::string& name, std::optional<std::string> key = {}) {
    const auto reading = partition->read(now, {name, std::move(key)});
    REQUIRE(reading);
    return reading->status.remaining;
  }

  core::PartitionOptions options() {
    const ReservationId first{++generation << 32};
    return {5, 100, first, {{}, seeded_random_draws(1), Compatibility::sane, 50, 1}};
  }

  std::uint64_t generation = 0;

  RateTime now = t0;
  Rows rows;
  LimitDefinitions definitions;
  std::map<ReservationId, core::OpenReservation> reservations;
  int fetches = 0;
  std::deque<core::UnstoredStep> unanswered;
  std::unique_ptr<core::LimitPartition> partition;
};

const LimitDefinition ten{bucket(10, 1h)};

} // namespace sluice::test
