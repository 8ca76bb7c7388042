// Steps on stored rate limits: whole or not at all, and as the store has them when it refuses.
#include <map>
#include <random>

#include "actors/core/limit_partition.hpp"
#include "limiter_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

using Step = core::LimitPartition::Step;
using Rows = std::map<std::pair<std::string, std::optional<std::string>>, std::vector<LimitRow>>;

// A partition over a store that is a map.
struct Fixture {
  Fixture() { open(); }

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

} // namespace

TEST_CASE("What is refused leaves everything as the store has it", "[partition]") {
  Fixture fixture;
  fixture.define("calls", ten);
  fixture.limit({"calls", "a", 3});
  fixture.store_all();
  fixture.limit({"calls", "a", 2});
  fixture.limit({"calls", "b", 5});
  fixture.limit({"calls", "a", 1});
  fixture.define("calls", {bucket(99, 1h)});
  fixture.define("new", ten);
  CHECK(fixture.remaining("calls", "a") == 4);
  fixture.refuse();
  CHECK(fixture.remaining("calls", "a") == 7);
  CHECK(fixture.remaining("calls", "b") == 10);
  CHECK(fixture.partition->definitions() == LimitDefinitions{{"calls", ten}});
  CHECK(fixture.partition->unstored_steps() == 0);
  CHECK(fixture.limit({"calls", "a", 7}).ok);
  CHECK_FALSE(fixture.limit({"calls", "a", 1}).ok);
}

TEST_CASE("A reset that is refused has not happened", "[partition]") {
  Fixture fixture;
  const auto durability = GENERATE(LimitDurability::stored, LimitDurability::memory);
  fixture.define("calls", {bucket(10, 1h), durability});
  fixture.limit({"calls", "a", 4});
  fixture.store_all();
  {
    Step step(*fixture.partition, fixture.now);
    step.reset("calls", "a");
    step.finish(true);
  }
  CHECK(fixture.remaining("calls", "a") == 10);
  fixture.refuse();
  CHECK(fixture.remaining("calls", "a") == 6);
}

TEST_CASE("A step that is not finished has not happened", "[partition]") {
  Fixture fixture;
  fixture.define("calls", ten);
  fixture.limit({"calls", "a", 4});
  {
    Step step(*fixture.partition, fixture.now);
    CHECK(step.limit({"calls", "a", 2})->ok);
    CHECK(step.limit({"calls", "b", 2})->ok);
    step.reset("calls", "a");
    REQUIRE(step.define("calls", {bucket(3, 1h)}));
    REQUIRE(step.define("other", ten));
    REQUIRE(step.drop("calls"));
  }
  CHECK(fixture.remaining("calls", "a") == 6);
  CHECK(fixture.remaining("calls", "b") == 10);
  CHECK(fixture.partition->definitions() == LimitDefinitions{{"calls", ten}});
}

TEST_CASE("A new process finds the buckets it needs, each read once", "[partition]") {
  Fixture fixture;
  fixture.define("calls", ten);
  fixture.limit({"calls", "a", 3});
  fixture.limit({"calls", {}, 4});
  fixture.store_all();
  fixture.open();
  fixture.fetches = 0;
  CHECK(fixture.limit({"calls", "a", 1}).remaining == 6);
  CHECK(fixture.limit({"calls", "a", 1}).remaining == 5);
  CHECK(fixture.fetches == 1);
  SECTION("and does not take an older state in behind it") {
    fixture.load_all();
    CHECK(fixture.remaining("calls", "a") == 5);
    CHECK(fixture.remaining("calls") == 6);
    CHECK(fixture.fetches == 1);
  }
  SECTION("and a step that is undone leaves what it has read") {
    fixture.refuse();
    {
      Step step(*fixture.partition, fixture.now);
      step.reset("calls", std::nullopt);
    }
    CHECK(fixture.remaining("calls") == 6);
    CHECK(fixture.remaining("calls", "a") == 7);
  }
}

TEST_CASE("Limits of memory are not stored, and what was stored of them goes", "[partition]") {
  Fixture fixture;
  fixture.define("calls", ten);
  fixture.limit({"calls", "a", 3});
  fixture.define("calls", {bucket(10, 1h), LimitDurability::memory});
  fixture.store_all();
  fixture.limit({"calls", "a", 1});
  BucketRequest inline_request{"unnamed", "a", 1};
  inline_request.definition = LimitDefinition{bucket(10, 1h), LimitDurability::memory};
  fixture.limit(inline_request);
  CHECK(fixture.unanswered.empty());
  CHECK(fixture.remaining("calls", "a") == 6);
  fixture.open();
  CHECK(fixture.remaining("calls", "a") == 10);
  fixture.load_all();
  REQUIRE(fixture.unanswered.size() == 1);
  fixture.store_all();
  CHECK(fixture.rows[{"calls", "a"}].empty());
  CHECK(fixture.remaining("calls", "a") == 10);
}

TEST_CASE("Buckets that are full again leave the store, once all are known", "[partition]") {
  Fixture fixture;
  fixture.define("calls", ten);
  fixture.limit({"calls", "a", 3});
  fixture.limit({"calls", "b", 9});
  fixture.store_all();
  fixture.open();
  fixture.now += 20min;
  const auto evict = [&] {
    Step step(*fixture.partition, fixture.now);
    step.evict(1000);
    fixture.keep(step.finish());
    fixture.store_all();
  };
  evict();
  CHECK(fixture.rows[{"calls", "a"}].size() == 1);
  fixture.load_all();
  evict();
  CHECK(fixture.rows[{"calls", "a"}].empty());
  CHECK(fixture.rows[{"calls", "b"}].size() == 1);
  CHECK(fixture.partition->rows() == 1);
  SECTION("also those of a limit that was dropped") {
    {
      Step step(*fixture.partition, fixture.now);
      REQUIRE(step.drop("calls"));
      fixture.keep(step.finish());
    }
    fixture.now += 1h;
    evict();
    CHECK(fixture.partition->rows() == 0);
  }
}

TEST_CASE("Buckets of a limit that comes with its calls leave, too, and then its name", "[partition]") {
  Fixture fixture;
  for (int i = 0; i < 3; ++i) {
    BucketRequest request{"unnamed " + std::to_string(i), "a", 1};
    request.definition = ten;
    fixture.limit(request);
  }
  fixture.store_all();
  fixture.open();
  fixture.load_all();
  fixture.now += 6min;
  Step step(*fixture.partition, fixture.now);
  for (int slice = 0; slice < 4; ++slice)
    step.evict(1000);
  fixture.keep(step.finish());
  fixture.partition->forget_names(1000);
  CHECK(fixture.partition->rows() == 0);
  SECTION("and come back if that could not be stored") {
    fixture.refuse();
    CHECK(fixture.partition->rows() == 3);
  }
  fixture.store_all();
  CHECK(fixture.rows[{"unnamed 0", "a"}].empty() == (fixture.partition->rows() == 0));
}

TEST_CASE("There are not more limits and buckets than allowed", "[partition]") {
  Fixture fixture;
  for (auto name : {"a", "b", "c", "d", "e"})
    fixture.define(name, ten);
  Step step(*fixture.partition, fixture.now);
  CHECK(step.define("f", ten).error().code == ErrorCode::too_many);
  CHECK(step.define("e", ten));
  for (int i = 0; i < 100; ++i)
    REQUIRE(step.limit({"a", std::to_string(i)})->ok);
  CHECK(step.limit({"a", "more"}).error().code == ErrorCode::overloaded);
  CHECK(step.limit({"a", "7"})->ok);
}

TEST_CASE("Several requests are granted together or not at all, and the binding one is named", "[partition]") {
  Fixture fixture;
  fixture.define("user", ten);
  fixture.define("org", {bucket(3, 1h)});
  Step step(*fixture.partition, fixture.now);
  CHECK(step.limit_all({{"user", "a", 2}, {"org", "x", 2}})->ok);
  const auto refused = step.limit_all({{"user", "a", 2}, {"org", "x", 2}}).value();
  CHECK_FALSE(refused.ok);
  CHECK(refused.binding == 1);
  CHECK(step.check({"user", "a", 0})->remaining == 8);
}

TEST_CASE("A reservation is known to the next process, and ends once", "[partition]") {
  Fixture fixture;
  fixture.define("calls", ten);
  const auto reserved = fixture.reserve({"calls", "a", 12});
  CHECK(reserved.verdict.ok);
  CHECK(reserved.run_at == t0 + 12min);
  CHECK(reserved.expires_at == t0 + 12min + 1h);
  CHECK(reserved.verdict.period == 1h);
  fixture.store_all();
  fixture.open();
  const auto other = fixture.reserve({"calls", "b", 1});
  CHECK(other.id > reserved.id);
  CHECK_FALSE(fixture.commit("other", reserved.id, 3));
  CHECK(fixture.commit("calls", reserved.id, 3));
  CHECK_FALSE(fixture.commit("calls", reserved.id, 3));
  CHECK(fixture.remaining("calls", "a") == 7);
  fixture.store_all();
  CHECK(fixture.reservations.size() == 1);
  fixture.open();
  CHECK_FALSE(fixture.commit("calls", reserved.id, 3));
  CHECK(fixture.remaining("calls", "a") == 7);
}

TEST_CASE("A reservation is as the store has it when a step is refused", "[partition]") {
  Fixture fixture;
  fixture.define("calls", ten);
  const auto stored = fixture.reserve({"calls", "a", 4});
  fixture.store_all();
  const auto refused = fixture.reserve({"calls", "a", 5});
  CHECK(fixture.commit("calls", stored.id, 1));
  fixture.refuse();
  CHECK(fixture.remaining("calls", "a") == 6);
  CHECK_FALSE(fixture.commit("calls", refused.id, 1));
  CHECK(fixture.commit("calls", stored.id, 1));
  CHECK(fixture.remaining("calls", "a") == 9);
}

TEST_CASE("A reservation of a limit of memory is not stored", "[partition]") {
  Fixture fixture;
  fixture.define("calls", {bucket(10, 1h), LimitDurability::memory});
  fixture.store_all();
  ReservationRequest unnamed{"unnamed", "a", 4};
  unnamed.definition = LimitDefinition{bucket(10, 1h), LimitDurability::memory};
  const auto first = fixture.reserve({"calls", "a", 4});
  const auto second = fixture.reserve(unnamed);
  CHECK(fixture.commit("calls", first.id, 1));
  CHECK(fixture.commit("unnamed", second.id, 1));
  CHECK(fixture.unanswered.empty());
  CHECK(fixture.remaining("calls", "a") == 9);
}

TEST_CASE("A reservation that has expired, or was reset, leaves the store", "[partition]") {
  Fixture fixture;
  fixture.define("calls", ten);
  const auto reserved = fixture.reserve({"calls", "a", 4, 10min});
  fixture.store_all();
  CHECK(fixture.reservations.size() == 1);
  const bool is_reset = GENERATE(false, true);
  if (!is_reset)
    fixture.now += 10min;
  Step step(*fixture.partition, fixture.now);
  is_reset ? step.reset("calls", "a") : step.evict(0);
  fixture.keep(step.finish());
  fixture.store_all();
  CHECK(fixture.reservations.empty());
  CHECK_FALSE(fixture.commit("calls", reserved.id, 0));
}

TEST_CASE("A credit fills a bucket up to its capacity", "[partition]") {
  Fixture fixture;
  fixture.define("calls", ten);
  fixture.limit({"calls", "a", 8});
  const auto credit = [&](double count) {
    Step step(*fixture.partition, fixture.now);
    REQUIRE(step.credit({"calls", "a", count}));
    CHECK(step.loosened() == std::vector<core::LimitPartition::Bucket>{{"calls", "a"}});
    fixture.keep(step.finish());
  };
  credit(3);
  CHECK(fixture.remaining("calls", "a") == 5);
  credit(30);
  fixture.store_all();
  CHECK(fixture.rows[{"calls", "a"}].front().state.value == 10);
}

TEST_CASE("After any refusals, crashes and slices the partition is what the store has", "[partition]") {
  const auto seed = GENERATE(range(1u, 60u));
  CAPTURE(seed);
  std::mt19937 random(seed);
  Fixture fixture;
  fixture.define("calls", ten);
  auto sharded = ten;
  sharded.config.shards = 3;
  fixture.define("sharded", sharded);
  fixture.store_all();
  ReservationId last{};
  for (int i = 0; i < 300; ++i) {
    fixture.now += std::chrono::minutes{random() % 10};
    const std::string name = random() % 2 == 0 ? "calls" : "sharded";
    const auto key = std::to_string(random() % 4);
    switch (random() % 13) {
    case 10:
    case 11:
      last = fixture.reserve({name, key, static_cast<double>(random() % 4), 30min}).id;
      break;
    case 12:
      fixture.commit(name, last, static_cast<double>(random() % 3));
      break;
    case 0:
      fixture.refuse();
      break;
    case 1:
      fixture.open();
      break;
    case 2:
      fixture.store_all();
      fixture.load_all();
      break;
    case 3: {
      Step step(*fixture.partition, fixture.now);
      step.reset(name, key);
      fixture.keep(step.finish());
      break;
    }
    case 4: {
      Step step(*fixture.partition, fixture.now);
      step.evict(5);
      fixture.keep(step.finish());
      break;
    }
    case 5:
      if (!fixture.unanswered.empty())
        fixture.store_oldest();
      break;
    default:
      fixture.limit({name, key, static_cast<double>(random() % 4)});
    }
    if (!fixture.unanswered.empty())
      continue;
    // A partition that knows nothing but the store answers the same.
    Fixture other;
    other.rows = fixture.rows;
    other.definitions = fixture.definitions;
    other.reservations = fixture.reservations;
    other.now = fixture.now;
    other.open();
    for (const auto* each : {"calls", "sharded"})
      for (int bucket = 0; bucket < 4; ++bucket)
        REQUIRE(fixture.remaining(each, std::to_string(bucket)) == other.remaining(each, std::to_string(bucket)));
    Step here(*fixture.partition, fixture.now);
    Step there(*other.partition, fixture.now);
    REQUIRE(here.commit(last, 0).value() == there.commit(last, 0).value());
  }
}
