// Steps on stored rate limits: whole or not at all, and as the store has them when it refuses.
#include "partition_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("What is refused leaves everything as the store has it", "[partition]") {
  PartitionFixture fixture;
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
  PartitionFixture fixture;
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
  PartitionFixture fixture;
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
  PartitionFixture fixture;
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
  PartitionFixture fixture;
  fixture.load_all();
  fixture.define("calls", ten);
  fixture.limit({"calls", "a", 3});
  fixture.define("calls", {bucket(10, 1h), LimitDurability::memory});
  fixture.store_all();
  CHECK(fixture.rows[{"calls", "a"}].empty());
  fixture.limit({"calls", "a", 1});
  BucketRequest inline_request{"unnamed", "a", 1};
  inline_request.definition = LimitDefinition{bucket(10, 1h), LimitDurability::memory};
  fixture.limit(inline_request);
  CHECK(fixture.unanswered.empty());
  CHECK(fixture.remaining("calls", "a") == 6);
  fixture.open();
  CHECK(fixture.remaining("calls", "a") == 10);
}

TEST_CASE("What a former process stored of a limit of memory goes", "[partition]") {
  PartitionFixture fixture;
  fixture.define("calls", ten);
  fixture.limit({"calls", "a", 3});
  fixture.store_all();
  fixture.open();
  fixture.define("calls", {bucket(10, 1h), LimitDurability::memory});
  fixture.store_all();
  CHECK(fixture.remaining("calls", "a") == 10);
  fixture.load_all();
  REQUIRE(fixture.unanswered.size() == 1);
  fixture.store_all();
  CHECK(fixture.rows[{"calls", "a"}].empty());
  CHECK(fixture.remaining("calls", "a") == 10);
}

TEST_CASE("A limit of memory that is stored again is stored as it is", "[partition]") {
  PartitionFixture fixture;
  fixture.load_all();
  fixture.define("calls", ten);
  fixture.limit({"calls", "a", 3});
  fixture.limit({"calls", "b", 3});
  fixture.define("calls", {bucket(10, 1h), LimitDurability::memory});
  fixture.limit({"calls", "a", 5});
  Step step(*fixture.partition, fixture.now);
  step.reset("calls", "b");
  fixture.keep(step.finish());
  fixture.define("calls", ten);
  fixture.store_all();
  fixture.open();
  CHECK(fixture.remaining("calls", "a") == 2);
  CHECK(fixture.remaining("calls", "b") == 10);
}

TEST_CASE("A limit of another kind begins afresh, in the store, too", "[partition]") {
  PartitionFixture fixture;
  fixture.define("calls", ten);
  fixture.limit({"calls", "a", 3});
  {
    Step early(*fixture.partition, fixture.now);
    const auto defined = early.define("calls", {of_kind(LimitKind::gcra, 10, 1h)});
    REQUIRE_FALSE(defined);
    CHECK(defined.error().code == ErrorCode::overloaded);
  }
  fixture.load_all();
  fixture.define("calls", {of_kind(LimitKind::gcra, 10, 1h)});
  fixture.store_all();
  CHECK(fixture.rows[{"calls", "a"}].empty());
  CHECK(fixture.remaining("calls", "a") == 10);
  fixture.open();
  CHECK(fixture.remaining("calls", "a") == 10);
}

TEST_CASE("Buckets that are full again leave the store, once all are known", "[partition]") {
  PartitionFixture fixture;
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
  PartitionFixture fixture;
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
  PartitionFixture fixture;
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
  PartitionFixture fixture;
  fixture.define("user", ten);
  fixture.define("org", {bucket(3, 1h)});
  Step step(*fixture.partition, fixture.now);
  CHECK(step.limit_all({{"user", "a", 2}, {"org", "x", 2}})->ok);
  const auto refused = step.limit_all({{"user", "a", 2}, {"org", "x", 2}}).value();
  CHECK_FALSE(refused.ok);
  CHECK(refused.binding == 1);
  CHECK(step.check({"user", "a", 0})->remaining == 8);
}

namespace {

LimitDefinition random_definition(std::mt19937& random) {
  LimitDefinition definition{of_kind(random() % 2 == 0 ? LimitKind::token_bucket : LimitKind::gcra, 10, 1h)};
  definition.durability = random() % 3 == 0 ? LimitDurability::memory : LimitDurability::stored;
  return definition;
}

} // namespace

TEST_CASE("After any refusals, crashes and slices the partition is what the store has", "[partition]") {
  const auto seed = GENERATE(range(1u, 60u));
  CAPTURE(seed);
  std::mt19937 random(seed);
  PartitionFixture fixture;
  fixture.define("calls", ten);
  auto sharded = ten;
  sharded.config.shards = 3;
  fixture.define("sharded", sharded);
  fixture.store_all();
  ReservationId last{};
  bool was_of_memory = false;
  for (int i = 0; i < 300; ++i) {
    fixture.now += std::chrono::minutes{random() % 10};
    const std::string name = random() % 2 == 0 ? "calls" : "sharded";
    const auto key = std::to_string(random() % 4);
    switch (random() % 14) {
    case 13: {
      Step step(*fixture.partition, fixture.now);
      const auto definition = random_definition(random);
      if (step.define("calls", definition))
        fixture.keep(step.finish());
      was_of_memory = was_of_memory || definition.durability == LimitDurability::memory;
      break;
    }
    case 10:
    case 11:
      last = fixture.reserve({name, key, static_cast<double>(random() % 4), 30min}).id;
      break;
    case 12:
      fixture.commit(name, last, static_cast<double>(random() % 3));
      break;
    case 0:
      // What is taken of a limit of memory stays taken if its definition is refused after all.
      if (std::ranges::all_of(fixture.unanswered, [](const auto& step) { return step.definitions.empty(); }))
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
    PartitionFixture other;
    other.rows = fixture.rows;
    other.definitions = fixture.definitions;
    other.reservations = fixture.reservations;
    other.now = fixture.now;
    other.open();
    for (const auto* each : {"calls", "sharded"}) {
      const bool is_stored = fixture.definitions[each].durability == LimitDurability::stored;
      for (int bucket = 0; bucket < 4; ++bucket) {
        const auto name_of_bucket = std::to_string(bucket);
        REQUIRE(other.remaining(each, name_of_bucket) == (is_stored ? fixture.remaining(each, name_of_bucket) : 10));
      }
    }
    if (was_of_memory)
      continue; // With reservations that are not stored.
    Step here(*fixture.partition, fixture.now);
    Step there(*other.partition, fixture.now);
    REQUIRE(here.commit(last, 0).value() == there.commit(last, 0).value());
  }
}
