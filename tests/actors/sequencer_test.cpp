#include "actors/sequencer.hpp"

#include <catch2/catch.hpp>

#include "tests/support/slow_store.hpp"

using namespace sluice;
using sluice::test::SlowStore;

namespace {

struct Fixture {
  SlowStore store;
  Sequencer sequencer{store, Fence{1}};
  std::string done;

  // Notes `name` once it is stored, or `name` and `!` when it failed.
  void submit(std::string name, int changes = 1) {
    add(changes);
    sequencer.submit(note(std::move(name)));
  }
  void submit_firmly(std::string name, int changes = 1) {
    add(changes);
    sequencer.submit_firmly(note(std::move(name)));
  }

private:
  void add(int changes) {
    for (int i = 0; i < changes; ++i)
      sequencer.add(PutSigningKeys{});
  }
  Sequencer::Then note(std::string name) {
    return [this, name = std::move(name)](const Result<void>& stored) { done += stored ? name : name + "!"; };
  }
};

using Sizes = std::vector<std::size_t>;

} // namespace

TEST_CASE("Sequencer gathers the next group while one is being committed", "[sequencer]") {
  Fixture fixture;
  for (auto name : {"a", "b", "c"})
    fixture.submit(name, 2);
  CHECK(fixture.store.sizes == Sizes{2});
  CHECK(fixture.done.empty());
  fixture.store.answer();
  CHECK(fixture.done == "a");
  CHECK(fixture.store.sizes == Sizes{2, 4});
  fixture.store.answer();
  CHECK(fixture.done == "abc");
}

TEST_CASE("Sequencer tells everyone in a group that it failed, and goes on", "[sequencer]") {
  Fixture fixture;
  for (auto name : {"a", "b", "c"})
    fixture.submit(name);
  fixture.store.answer();
  fixture.store.fail();
  CHECK(fixture.done == "ab!c!");
  CHECK(fixture.sequencer.failure()->code == ErrorCode::insufficient_storage);
  fixture.submit("d");
  fixture.store.answer();
  CHECK(fixture.done == "ab!c!d");
  CHECK_FALSE(fixture.sequencer.failure());
}

TEST_CASE("Sequencer puts what has happened back, before what came later", "[sequencer]") {
  Fixture fixture;
  fixture.submit("a");
  fixture.submit("b", 2);
  fixture.submit_firmly("X", 3);
  fixture.submit_firmly("Y");
  fixture.store.answer();
  fixture.submit("c");
  fixture.submit_firmly("Z", 5);
  fixture.store.fail();
  CHECK(fixture.done == "ab!c!"); // It may have been made on top of what failed.
  CHECK(fixture.store.sizes == Sizes{1, 6, 9});
  CHECK_FALSE(fixture.sequencer.is_stuck());
  fixture.store.answer();
  CHECK(fixture.done == "ab!c!XYZ");
}

TEST_CASE("Sequencer lets a change that is put back follow the state that remained", "[sequencer]") {
  Fixture fixture;
  fixture.sequencer.on_put_back = [&](Change& change) {
    CHECK(fixture.done == "a!");
    std::get<PutSigningKeys>(change).keys.current = "renewed";
  };
  fixture.submit_firmly("X");
  fixture.submit("a");
  fixture.store.fail();
  fixture.store.answer();
  CHECK(fixture.done == "a!X");
  CHECK(fixture.store.signing_keys()->current == "renewed");
}

TEST_CASE("Sequencer that is stuck refuses, and goes on when it is told to try again", "[sequencer]") {
  Fixture fixture;
  fixture.submit_firmly("X");
  fixture.store.fail();
  fixture.store.fail();
  CHECK(fixture.sequencer.is_stuck());
  fixture.submit("a");
  fixture.submit_firmly("Y");
  CHECK(fixture.done == "a!");
  CHECK(fixture.store.groups.empty());
  fixture.sequencer.retry();
  fixture.store.fail();
  CHECK(fixture.sequencer.is_stuck());
  fixture.sequencer.retry();
  CHECK(fixture.store.sizes.back() == 2);
  fixture.store.answer();
  CHECK_FALSE(fixture.sequencer.is_stuck());
  CHECK(fixture.done == "a!XY");
}

TEST_CASE("Sequencer whose store was taken over tells everyone", "[sequencer]") {
  Fixture fixture;
  fixture.submit_firmly("X");
  fixture.submit("a");
  fixture.store.fail(ErrorCode::unavailable);
  CHECK(fixture.done == "X!a!");
}

TEST_CASE("Sequencer forgets what was added and taken back", "[sequencer]") {
  Fixture fixture;
  fixture.submit("a");
  fixture.submit("b");
  fixture.sequencer.add(PutSigningKeys{});
  fixture.sequencer.discard();
  fixture.submit("c");
  fixture.store.answer();
  CHECK(fixture.store.sizes == Sizes{1, 2});
}

TEST_CASE("Sequencer keeps the order of what is submitted while it answers", "[sequencer]") {
  MemoryStore store(1'000'000);
  Sequencer sequencer(store, Fence{1});
  std::string done;
  sequencer.submit([&](const Result<void>&) {
    done += 'a';
    sequencer.submit([&](const Result<void>&) { done += 'c'; });
    done += 'b';
  });
  CHECK(done == "abc");
}
