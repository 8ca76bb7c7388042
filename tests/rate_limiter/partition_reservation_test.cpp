// Reservations and credits as the store has them.
#include "partition_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("A reservation is known to the next process, and ends once", "[partition]") {
  PartitionFixture fixture;
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
  PartitionFixture fixture;
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
  PartitionFixture fixture;
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
  PartitionFixture fixture;
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
  PartitionFixture fixture;
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
