#include "actors/sequencer.hpp"

#include <catch2/catch.hpp>

#include "actors/store/memory_store.hpp"

using namespace sluice;

namespace {

// Answers when told to, as a store does that waits for a disk.
class SlowStore final : public Store {
public:
  void commit(Changes changes, Fence, Committed done) override {
    groups.push_back(changes.size());
    pending.push_back(std::move(done));
  }
  void answer(Result<void> result = {}) {
    auto done = std::move(pending.front());
    pending.erase(pending.begin());
    done(std::move(result));
  }

  bool has_room(std::size_t) const override { return true; }
  std::optional<MessageRow> message(Sequence) const override { return {}; }
  std::vector<WaitPosition> waiting(const FlowControlKey&, WaitPosition, WallTime, std::size_t) const override {
    return {};
  }
  std::size_t waiting_count(const FlowControlKey&, WallTime) const override { return 0; }
  std::vector<Due> due(WaitPosition, WallTime, std::size_t) const override { return {}; }
  std::optional<WallTime> next_due(WaitPosition) const override { return {}; }
  std::optional<FlowState> key(const FlowControlKey&) const override { return {}; }
  std::vector<FlowControlKey> keys(const FlowControlQuery&) const override { return {}; }
  DlqPage dlq(const DlqQuery&) const override { return {}; }
  std::optional<SigningKeys> signing_keys() const override { return {}; }
  Sequence last_sequence() const override { return 0; }

  std::vector<std::size_t> groups;
  std::vector<Committed> pending;
};

PutSigningKeys change() { return {}; }

} // namespace

TEST_CASE("Sequencer gathers the next group while one is being committed", "[sequencer]") {
  SlowStore store;
  Sequencer sequencer(store, {}, [](auto work) { work(); });
  std::string done;
  for (auto name : {"a", "b", "c"})
    sequencer.submit([&done, name](const Result<void>& stored) { done += stored ? name : "!"; }, change(), change());
  CHECK(store.groups == std::vector<std::size_t>{2});
  CHECK(done.empty());
  store.answer();
  CHECK(done == "a");
  CHECK(store.groups == std::vector<std::size_t>{2, 4});
  store.answer();
  CHECK(done == "abc");
}

TEST_CASE("Sequencer tells everyone in a group that it failed, and goes on", "[sequencer]") {
  SlowStore store;
  Sequencer sequencer(store, {}, [](auto work) { work(); });
  std::string done;
  auto note = [&done](const Result<void>& stored) { done += stored ? '+' : '-'; };
  for (int i = 0; i < 3; ++i)
    sequencer.submit(note, change());
  store.answer();
  store.answer(Error{ErrorCode::io_error, "no space", {}});
  CHECK(done == "+--");
  sequencer.submit(note, change());
  store.answer();
  CHECK(done == "+--+");
}

TEST_CASE("Sequencer keeps the order of what is submitted while it answers", "[sequencer]") {
  MemoryStore store(1'000'000);
  Sequencer sequencer(store, {}, [](auto work) { work(); });
  std::string done;
  sequencer.submit(
      [&](const Result<void>&) {
        done += 'a';
        sequencer.submit([&](const Result<void>&) { done += 'c'; }, change());
        done += 'b';
      },
      change());
  CHECK(done == "abc");
}
