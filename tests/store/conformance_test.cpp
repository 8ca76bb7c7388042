// What every store must do, whatever it is made of: a template run over each of them.
#include <map>
#include <random>

#include <catch2/catch.hpp>

#include "actors/store/memory_store.hpp"

using namespace std::chrono_literals;
using namespace sluice;

namespace {

const WallTime wall0{1'700'000'000s};
const FlowControlKey k{"k"};

std::shared_ptr<const Message> message(Sequence sequence, const std::string& key = "k", std::size_t body = 3) {
  auto message = std::make_shared<Message>();
  message->id = {sequence, 7};
  message->request.destination = UrlDestination{"http://destination.test/" + std::to_string(sequence)};
  message->request.flow_control = FlowControl{{key}, {}};
  message->request.body = Body(std::string(body, 'x'));
  message->created_at = wall0;
  message->not_before = wall0;
  return message;
}

InsertMessage insert(Sequence sequence, std::chrono::milliseconds ready = 0ms, bool scheduled = false) {
  return {message(sequence), wall0 + ready, scheduled};
}

DlqEntry failed(std::int64_t ms, Sequence sequence) {
  DlqEntry entry;
  entry.id = {ms, sequence};
  entry.message = message(sequence);
  entry.response_status = 500;
  return entry;
}

template <class... Parts>
Result<void> commit(Store& store, std::uint64_t generation, Parts... parts) {
  std::optional<Result<void>> answer;
  Changes changes;
  (changes.push_back(std::move(parts)), ...);
  store.commit(std::move(changes), Fence{generation}, [&](Result<void> result) { answer = std::move(result); });
  REQUIRE(answer);
  return *answer;
}

std::vector<Sequence> sequences(const std::vector<WaitPosition>& positions) {
  std::vector<Sequence> all;
  for (auto position : positions)
    all.push_back(position.sequence);
  return all;
}

using Sequences = std::vector<Sequence>;
constexpr std::size_t all = 1'000'000;

struct Memory {
  MemoryStore store{100'000};
};

} // namespace

TEMPLATE_TEST_CASE("store finds what was committed", "[store]", Memory) {
  TestType subject;
  Store& store = subject.store;
  CHECK_FALSE(store.message(5));
  CHECK(store.last_sequence() == 0);
  REQUIRE(commit(store, 1, insert(5, 20ms)));
  auto row = store.message(5);
  REQUIRE(row);
  CHECK(row->message->id == MessageId(5, 7));
  CHECK(row->message->request.body.view() == "xxx");
  CHECK(row->state == MessageRow::State::pending);
  CHECK(row->position() == WaitPosition{wall0 + 20ms, 5});
  CHECK(store.last_sequence() == 5);
}

TEMPLATE_TEST_CASE("store applies a group whole and in order", "[store]", Memory) {
  TestType subject;
  Store& store = subject.store;
  FlowState state;
  state.config.limits.rate = 9;
  REQUIRE(commit(store, 1, PutKey{k, state}, insert(1), RetryMessage{1, 1, wall0 + 5s}, insert(2),
                 FinishMessage{2, MessageRow::State::delivered, 1, wall0 + 1s}, RequestCancel{1}));
  CHECK(store.message(1)->attempts == 1);
  CHECK(store.message(1)->ready_at == wall0 + 5s);
  CHECK(store.message(1)->cancel_requested);
  CHECK(store.message(2)->state == MessageRow::State::delivered);
  CHECK(store.key(k)->config.limits.rate == 9);
}

TEMPLATE_TEST_CASE("store lists waiting messages of a key in the order they became ready", "[store]", Memory) {
  TestType subject;
  Store& store = subject.store;
  REQUIRE(commit(store, 1, insert(1, 30ms), insert(2, 10ms), insert(3, 10ms), insert(4, 99ms),
                 InsertMessage{message(5, "other"), wall0, false}));
  CHECK(sequences(store.waiting(k, {}, wall0 + 50ms, all)) == Sequences{2, 3, 1});
  CHECK(store.waiting_count(k, wall0 + 50ms) == 3);
  CHECK(sequences(store.waiting(k, {}, wall0 + 50ms, 2)) == Sequences{2, 3});
  CHECK(sequences(store.waiting(k, {wall0 + 10ms, 2}, wall0 + 50ms, all)) == Sequences{3, 1});
  CHECK(sequences(store.waiting(k, {}, wall0 + 10ms, all)) == Sequences{2, 3});
  CHECK(store.waiting({"none"}, {}, wall0 + 1h, all).empty());
  REQUIRE(commit(store, 1, FinishMessage{2, MessageRow::State::cancelled, 0, wall0}));
  CHECK(sequences(store.waiting(k, {}, wall0 + 50ms, all)) == Sequences{3, 1});
}

TEMPLATE_TEST_CASE("store finds scheduled messages when they are due, and only those", "[store]", Memory) {
  TestType subject;
  Store& store = subject.store;
  REQUIRE(commit(store, 1, insert(1), insert(2, 20ms, true), insert(3, 10ms, true)));
  CHECK(store.next_due({}) == wall0 + 10ms);
  auto due = store.due({}, wall0 + 15ms, all);
  REQUIRE(due.size() == 1);
  CHECK(due[0].position == WaitPosition{wall0 + 10ms, 3});
  CHECK(due[0].key == k);
  CHECK(store.next_due(due[0].position) == wall0 + 20ms);
  CHECK(store.due({}, wall0 + 1s, 1).size() == 1);
  // A retry is scheduled; what has ended is not.
  REQUIRE(commit(store, 1, RetryMessage{1, 1, wall0 + 40ms}, FinishMessage{2, MessageRow::State::failed, 1, wall0}));
  due = store.due({wall0 + 10ms, 3}, wall0 + 1s, all);
  REQUIRE(due.size() == 1);
  CHECK(due[0].position == WaitPosition{wall0 + 40ms, 1});
  CHECK_FALSE(store.next_due(due[0].position));
}

TEMPLATE_TEST_CASE("store keeps finished messages until they are dropped", "[store]", Memory) {
  TestType subject;
  Store& store = subject.store;
  for (Sequence sequence = 1; sequence <= 6; ++sequence)
    REQUIRE(commit(store, 1, insert(sequence),
                   FinishMessage{sequence, MessageRow::State::delivered, 1, wall0 + sequence * 1s}));
  REQUIRE(commit(store, 1, insert(7)));
  auto left = [&] {
    Sequences left;
    for (Sequence sequence = 1; sequence <= 7; ++sequence)
      if (store.message(sequence))
        left.push_back(sequence);
    return left;
  };
  SECTION("by time") {
    REQUIRE(commit(store, 1, DropFinished{wall0 + 3s, all, all}));
    CHECK(left() == Sequences{3, 4, 5, 6, 7});
  }
  SECTION("the oldest beyond a number") {
    REQUIRE(commit(store, 1, DropFinished{wall0, 2, all}));
    CHECK(left() == Sequences{5, 6, 7});
  }
  SECTION("in slices") {
    REQUIRE(commit(store, 1, DropFinished{wall0 + 1h, 0, 4}));
    CHECK(left() == Sequences{5, 6, 7});
  }
}

TEMPLATE_TEST_CASE("store pages through the DLQ in both directions", "[store]", Memory) {
  TestType subject;
  Store& store = subject.store;
  REQUIRE(commit(store, 1, InsertDlqEntry{failed(10, 1)}, InsertDlqEntry{failed(30, 2)}, InsertDlqEntry{failed(20, 3)},
                 InsertDlqEntry{failed(20, 4)}));
  auto pages = [&](bool earliest_first) {
    std::string text;
    DlqQuery query{3, {}, earliest_first};
    for (bool more = true; more;) {
      auto page = store.dlq(query);
      for (const auto& entry : page.entries)
        text += entry.id.text() + ' ';
      text += "| ";
      query.cursor = page.cursor;
      more = page.cursor.has_value();
    }
    return text;
  };
  CHECK(pages(false) == "30-2 20-4 20-3 | 10-1 | ");
  CHECK(pages(true) == "10-1 20-3 20-4 | 30-2 | ");
  REQUIRE(commit(store, 1, DropDlqEntries{WallTime{20ms}, all}));
  CHECK(pages(true) == "20-3 20-4 30-2 | ");
}

TEMPLATE_TEST_CASE("store lists keys by name, search and page", "[store]", Memory) {
  TestType subject;
  Store& store = subject.store;
  for (auto name : {"b/2", "a", "B", "b/1"})
    REQUIRE(commit(store, 1, PutKey{{name}, {}}));
  auto names = [&](FlowControlQuery query) {
    std::string text;
    for (const auto& key : store.keys(query))
      text += key.text + ' ';
    return text;
  };
  CHECK(names({}) == "B a b/1 b/2 ");
  CHECK(names({"b/"}) == "b/1 b/2 ");
  CHECK(names({"", "a", 1}) == "b/1 ");
  CHECK_FALSE(store.key({"c"}));
}

TEMPLATE_TEST_CASE("store keeps the signing keys", "[store]", Memory) {
  TestType subject;
  CHECK_FALSE(subject.store.signing_keys());
  REQUIRE(commit(subject.store, 1, PutSigningKeys{{"a", "b"}}));
  CHECK(subject.store.signing_keys()->next == "b");
}

TEMPLATE_TEST_CASE("store refuses a writer that has been replaced", "[store]", Memory) {
  TestType subject;
  Store& store = subject.store;
  REQUIRE(commit(store, 2, insert(1)));
  CHECK(commit(store, 1, insert(2)).error().code == ErrorCode::unavailable);
  CHECK_FALSE(store.message(2));
}

TEMPLATE_TEST_CASE("store has room again when messages are gone", "[store]", Memory) {
  TestType subject;
  Store& store = subject.store;
  CHECK(store.has_room(90'000));
  REQUIRE(commit(store, 1, InsertMessage{message(1, "k", 50'000), wall0, false}));
  CHECK_FALSE(store.has_room(60'000));
  REQUIRE(commit(store, 1, FinishMessage{1, MessageRow::State::delivered, 1, wall0}, DropFinished{wall0 + 1s, 0, 9}));
  CHECK(store.has_room(90'000));
}

TEMPLATE_TEST_CASE("store agrees with a plain model through random changes", "[store]", Memory) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    TestType subject;
    Store& store = subject.store;
    std::mt19937 random(seed);
    auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
    std::map<Sequence, WaitPosition> pending;
    for (Sequence last = 0; last < 60;) {
      if (pick(2) == 0 || pending.empty()) {
        WaitPosition position{wall0 + std::chrono::milliseconds{pick(50)}, ++last};
        REQUIRE(commit(store, 1, InsertMessage{message(last), position.ready_at, pick(2) == 0}));
        pending[last] = position;
        continue;
      }
      auto victim = std::next(pending.begin(), pick(static_cast<int>(pending.size())));
      if (pick(2) == 0) {
        victim->second.ready_at = wall0 + std::chrono::milliseconds{pick(50)};
        REQUIRE(commit(store, 1, RetryMessage{victim->first, 1, victim->second.ready_at}));
      } else {
        REQUIRE(commit(store, 1, FinishMessage{victim->first, MessageRow::State::delivered, 1, wall0}));
        pending.erase(victim);
      }
      auto upto = wall0 + std::chrono::milliseconds{pick(50)};
      std::vector<WaitPosition> expected;
      for (const auto& [sequence, position] : pending)
        if (position.ready_at <= upto)
          expected.push_back(position);
      std::sort(expected.begin(), expected.end());
      REQUIRE(store.waiting(k, {}, upto, all) == expected);
      REQUIRE(store.waiting_count(k, upto) == expected.size());
    }
  }
}
