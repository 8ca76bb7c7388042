// What every store must do, whatever it is made of: a template run over each of them.
#include <limits>
#include <map>
#include <random>

#include "tests/store/stores.hpp"

using namespace sluice;
using namespace sluice::test;

TEMPLATE_TEST_CASE("store finds what was committed", "[store]", Memory, Sqlite) {
  TestType store;
  CHECK_FALSE(store->message(5));
  CHECK(store->last_sequence() == 0);
  REQUIRE(commit(store, insert(5, 20ms)));
  auto row = store->message(5);
  REQUIRE(row);
  CHECK(row->message->id == MessageId(5, memory_origin));
  CHECK(row->message->request.body.view() == "xxx");
  CHECK(row->state == MessageRow::State::pending);
  CHECK(row->position() == WaitPosition{wall0 + 20ms, 5});
  CHECK(store->last_sequence() == 5);
}

TEMPLATE_TEST_CASE("store applies a group whole and in order", "[store]", Memory, Sqlite) {
  TestType store;
  FlowState state;
  state.config.limits.rate = 9;
  REQUIRE(commit(store, PutKey{k, state}, insert(1), RetryMessage{1, 1, wall0 + 5s}, insert(2), finish(2, 1s),
                 RequestCancel{1}));
  CHECK(store->message(1)->attempts == 1);
  CHECK(store->message(1)->ready_at == wall0 + 5s);
  CHECK(store->message(1)->cancel_requested);
  CHECK(store->message(2)->state == MessageRow::State::delivered);
  CHECK(store->message(2)->attempts == 1);
  CHECK(store->message(2)->finished_at == wall0 + 1s);
  CHECK(store->key(k)->state.config.limits.rate == 9);
}

TEMPLATE_TEST_CASE("store shows a group only once it has answered", "[store]", Memory, Sqlite) {
  TestType store;
  REQUIRE(commit(store, insert(1)));
  for (Sequence sequence = 2; sequence < 30; ++sequence) {
    bool answered = false;
    store->commit({insert(sequence), finish(sequence - 1)}, {store->opening().generation}, [&](Result<void> result) {
      answered = true;
      CHECK(result);
      CHECK(store->last_sequence() == sequence);
      CHECK(store->waiting_count(k, wall0) == 1);
      CHECK(sequences(store->pending(0, all)) == Sequences{sequence});
      CHECK(store->message(sequence));
    });
    while (!answered) {
      store.await_disk();
      CHECK(sequences(store->pending(0, all)) == Sequences{sequence - 1});
      CHECK(store->message(sequence - 1)->state == MessageRow::State::pending);
      CHECK_FALSE(store->message(sequence));
      CHECK(store->last_sequence() == sequence - 1);
      store.await_commit();
    }
  }
}

TEMPLATE_TEST_CASE("store commits groups that were not waited for in their order", "[store]", Memory, Sqlite) {
  TestType store;
  std::string order;
  auto done = [&](char name) { return [&order, name](Result<void> result) { order += result ? name : '!'; }; };
  Fence fence{store->opening().generation};
  store->commit({insert(1)}, fence, done('a'));
  store->commit({RetryMessage{1, 1, wall0}}, fence, done('b'));
  store->commit({finish(1)}, fence, done('c'));
  while (order.size() < 3)
    store.await_commit();
  CHECK(order == "abc");
  CHECK(store->message(1)->state == MessageRow::State::delivered);
}

TEMPLATE_TEST_CASE("store lists waiting messages of a key in the order they became ready", "[store]", Memory, Sqlite) {
  TestType store;
  REQUIRE(commit(store, insert(1, 30ms), insert(2, 10ms), insert(3, 10ms), insert(4, 99ms),
                 InsertMessage{message(5, "other"), wall0, false}));
  CHECK(sequences(store->waiting(k, {}, wall0 + 50ms, all)) == Sequences{2, 3, 1});
  CHECK(store->waiting_count(k, wall0 + 50ms) == 3);
  CHECK(sequences(store->waiting(k, {}, wall0 + 50ms, 2)) == Sequences{2, 3});
  CHECK(sequences(store->waiting(k, {wall0 + 10ms, 2}, wall0 + 50ms, all)) == Sequences{3, 1});
  CHECK(sequences(store->waiting(k, {}, wall0 + 10ms, all)) == Sequences{2, 3});
  CHECK(store->waiting({"none"}, {}, wall0 + 1h, all).empty());
  CHECK(store->waiting_count({"none"}, wall0 + 1h) == 0);
  REQUIRE(commit(store, finish(2, 0ms, MessageRow::State::cancelled)));
  CHECK(sequences(store->waiting(k, {}, wall0 + 50ms, all)) == Sequences{3, 1});
}

TEMPLATE_TEST_CASE("store tells how many wait before a place", "[store]", Memory, Sqlite) {
  TestType store;
  REQUIRE(commit(store, insert(1, 30ms), insert(2, 10ms), insert(3, 20ms, true),
                 InsertMessage{message(4, "other"), wall0, false}));
  CHECK(store->waiting_before(k, {wall0 + 10ms, 2}) == 0);
  CHECK(store->waiting_before(k, {wall0 + 20ms, 3}) == 1);
  CHECK(store->waiting_before(k, {wall0 + 30ms, 1}) == 2);
  CHECK(store->waiting_before(k, {wall0 + 30ms, 9}) == 3);
  CHECK(store->waiting_before({"none"}, {wall0 + 30ms, 1}) == 0);
}

TEMPLATE_TEST_CASE("store puts messages without a key under one of their own", "[store]", Memory, Sqlite) {
  TestType store;
  auto free = std::make_shared<Message>(*message(1));
  free->request.flow_control.reset();
  REQUIRE(commit(store, InsertMessage{free, wall0, false}, PutKey{{"$"}, {}}));
  CHECK(sequences(store->waiting({"$"}, {}, wall0, all)) == Sequences{1});
  CHECK(store->keys({}).empty());
}

TEMPLATE_TEST_CASE("store keeps a queue in the order of acceptance, whatever the delays", "[store]", Memory, Sqlite) {
  TestType store;
  auto key = queue_key({"q"});
  REQUIRE(commit(store, InsertMessage{queued(1, "q"), wall0 + 1h, true}, InsertMessage{queued(2, "q"), wall0, false}));
  CHECK(store->waiting(key, {}, wall0, all) == std::vector<WaitPosition>{{queue_time, 1}, {queue_time, 2}});
  CHECK(store->waiting_count(key, wall0) == 2);
  auto due = store->due({}, wall0 + 2h, all);
  REQUIRE(due.size() == 1);
  CHECK(due[0].key == key);
  CHECK(due[0].order() == WaitPosition{wall0 + 1h, 1});
  // A retry keeps the head of the queue, and is due at its time.
  REQUIRE(commit(store, RetryMessage{1, 1, wall0 + 5s}));
  CHECK(sequences(store->waiting(key, {}, wall0, all)) == Sequences{1, 2});
  CHECK(store->message(1)->position() == WaitPosition{queue_time, 1});
  CHECK(store->next_due({}) == wall0 + 5s);
}

TEMPLATE_TEST_CASE("store has what comes first in a queue before everything else there", "[store]", Memory, Sqlite) {
  TestType store;
  auto first = std::make_shared<Message>(*queued(2, "q"));
  first->is_first_in_queue = true;
  REQUIRE(commit(store, InsertMessage{queued(1, "q"), wall0, false}, InsertMessage{first, wall0, false}));
  CHECK(sequences(store->waiting(queue_key({"q"}), {}, wall0, all)) == Sequences{2, 1});
  REQUIRE(commit(store, RetryMessage{2, 1, wall0 + 5s}));
  store.reopen();
  CHECK(sequences(store->waiting(queue_key({"q"}), {}, wall0, all)) == Sequences{2, 1});
  CHECK(store->waiting_count(queue_key({"q"}), queue_time) == 2);
  REQUIRE(commit(store, finish(2)));
  CHECK(sequences(store->waiting(queue_key({"q"}), {}, wall0, all)) == Sequences{1});
}

TEMPLATE_TEST_CASE("store finds scheduled messages when they are due, and only those", "[store]", Memory, Sqlite) {
  TestType store;
  REQUIRE(commit(store, insert(1), insert(2, 20ms, true), insert(3, 10ms, true)));
  CHECK(store->next_due({}) == wall0 + 10ms);
  // The greatest number stands for the end of a moment.
  constexpr auto last = std::numeric_limits<Sequence>::max();
  CHECK(store->next_due({wall0 + 10ms, last}) == wall0 + 20ms);
  CHECK(store->due({wall0 + 10ms, last}, wall0 + 10ms, all).empty());
  auto due = store->due({}, wall0 + 15ms, all);
  REQUIRE(due.size() == 1);
  CHECK(due[0].order() == WaitPosition{wall0 + 10ms, 3});
  CHECK(due[0].key == k);
  CHECK(store->next_due(due[0].order()) == wall0 + 20ms);
  CHECK(store->due({}, wall0 + 1s, 1).size() == 1);
  // A retry is scheduled; what has ended is not.
  REQUIRE(commit(store, RetryMessage{1, 1, wall0 + 40ms}, finish(2, 0ms, MessageRow::State::failed)));
  due = store->due({wall0 + 10ms, 3}, wall0 + 1s, all);
  REQUIRE(due.size() == 1);
  CHECK(due[0].order() == WaitPosition{wall0 + 40ms, 1});
  CHECK_FALSE(store->next_due(due[0].order()));
  // Nothing of that moment is found again.
  WaitPosition end{wall0 + 40ms, std::numeric_limits<Sequence>::max()};
  CHECK(store->due(end, wall0 + 1s, all).empty());
  CHECK_FALSE(store->next_due(end));
}

TEMPLATE_TEST_CASE("store moves scheduled messages into their waitlist as time goes on", "[store]", Memory, Sqlite) {
  TestType store;
  REQUIRE(commit(store, insert(1, 10ms, true), insert(2, 30ms, true), insert(3)));
  CHECK(sequences(store->waiting(k, {}, wall0 + 20ms, all)) == Sequences{3, 1});
  // Those that came to be due without being asked for, and those that move.
  REQUIRE(commit(store, insert(4, 5ms, true), insert(5, 25ms, true), RetryMessage{1, 1, wall0 + 15ms},
                 RetryMessage{3, 1, wall0 + 40ms}));
  CHECK(sequences(store->waiting(k, {}, wall0 + 20ms, all)) == Sequences{4, 1});
  CHECK(store->waiting_count(k, wall0 + 35ms) == 4);
  CHECK(sequences(store->waiting(k, {}, wall0 + 40ms, all)) == Sequences{4, 1, 5, 2, 3});
  CHECK(store->waiting_count(k, wall0 + 5ms) == 1);
  store.reopen();
  REQUIRE(commit(store, finish(5), RetryMessage{4, 1, wall0 + 50ms}));
  CHECK(sequences(store->waiting(k, {}, wall0 + 40ms, all)) == Sequences{1, 2, 3});
  CHECK(sequences(store->waiting(k, {}, wall0 + 50ms, all)) == Sequences{1, 2, 3, 4});
}

TEMPLATE_TEST_CASE("store follows a message through one group, whatever was in memory", "[store]", Memory, Sqlite) {
  TestType store;
  REQUIRE(commit(store, insert(1), insert(2)));
  store.reopen();
  REQUIRE(commit(store, RetryMessage{1, 1, wall0}, RetryMessage{1, 2, wall0 + 5ms}, finish(2), insert(3),
                 RetryMessage{3, 1, wall0 + 1ms}, RetryMessage{1, 3, wall0 + 2ms}));
  CHECK(sequences(store->waiting(k, {}, wall0 + 1h, all)) == Sequences{3, 1});
  REQUIRE(commit(store, RetryMessage{3, 2, wall0}, finish(3), RetryMessage{1, 4, wall0 + 3ms}, finish(1)));
  CHECK(store->waiting_count(k, wall0 + 1h) == 0);
  CHECK(store->backlog({}, wall0 + 1h, all).empty());
}

TEMPLATE_TEST_CASE("store lists pending messages in the order of acceptance", "[store]", Memory, Sqlite) {
  TestType store;
  REQUIRE(commit(store, insert(1, 9s, true), insert(2), InsertMessage{queued(3, "q"), wall0, false}, insert(4)));
  REQUIRE(commit(store, finish(2), RetryMessage{4, 2, wall0 + 1s}));
  CHECK(sequences(store->pending(0, all)) == Sequences{1, 3, 4});
  CHECK(sequences(store->pending(0, 2)) == Sequences{1, 3});
  CHECK(sequences(store->pending(1, all)) == Sequences{3, 4});
  CHECK(store->pending(3, all)[0].attempts == 2);
  CHECK(store->pending(4, all).empty());
}

TEMPLATE_TEST_CASE("store tells which keys have a backlog", "[store]", Memory, Sqlite) {
  TestType store;
  REQUIRE(commit(store, PutKey{{"idle"}, {}}, InsertMessage{message(1, "b"), wall0, false},
                 InsertMessage{message(2, "a"), wall0, false}, InsertMessage{message(3, "a"), wall0 + 1s, false},
                 InsertMessage{message(4, "later"), wall0 + 1h, true}, InsertMessage{queued(5, "q"), wall0 + 1h, true},
                 InsertMessage{message(6, "over"), wall0, false}, finish(6)));
  auto text = [&](const std::string& after, WallTime upto, std::size_t limit) {
    std::string text;
    for (const auto& one : store->backlog({after}, upto, limit))
      text += (is_queue(one.key) ? "queue " + queue_of(one.key).text : one.key.text) + '=' +
              std::to_string(one.waiting) + ' ';
    return text;
  };
  CHECK(text("", wall0, all) == "queue q=1 a=1 b=1 ");
  CHECK(text("", wall0 + 2h, all) == "queue q=1 a=2 b=1 later=1 ");
  CHECK(text("", wall0, 2) == "queue q=1 a=1 ");
  CHECK(text("a", wall0, all) == "b=1 ");
}

TEMPLATE_TEST_CASE("store finds a duplicate until its time is over", "[store]", Memory, Sqlite) {
  TestType store;
  REQUIRE(commit(store, insert(1), RememberDuplicate{"id", 1, wall0 + 10s}));
  CHECK(store->duplicate("id", wall0)->sequence() == 1);
  CHECK(store->duplicate("id", wall0)->origin() == store->opening().origin);
  CHECK_FALSE(store->duplicate("id", wall0 + 10s));
  CHECK_FALSE(store->duplicate("other", wall0));
  REQUIRE(commit(store, insert(2), RememberDuplicate{"id", 2, wall0 + 20s}));
  CHECK(store->duplicate("id", wall0)->sequence() == 2);
  // The older memory of the same id is over, the newer is not.
  REQUIRE(commit(store, DropDuplicates{wall0 + 15s, all}));
  CHECK(store->duplicate("id", wall0)->sequence() == 2);
  REQUIRE(commit(store, DropDuplicates{wall0 + 20s, all}));
  CHECK_FALSE(store->duplicate("id", wall0));
}

TEMPLATE_TEST_CASE("store drops what is over of duplicates in slices", "[store]", Memory, Sqlite) {
  TestType store;
  for (auto id : {"a", "b", "c"})
    REQUIRE(commit(store, RememberDuplicate{id, 1, wall0 + 1s}));
  auto left = [&] {
    return store->duplicate("a", wall0).has_value() + store->duplicate("b", wall0).has_value() +
           store->duplicate("c", wall0).has_value();
  };
  REQUIRE(commit(store, DropDuplicates{wall0 + 1s, 2}));
  CHECK(left() == 1);
  REQUIRE(commit(store, DropDuplicates{wall0 + 1s, 2}));
  CHECK(left() == 0);
}

TEMPLATE_TEST_CASE("store keeps finished messages until they are dropped", "[store]", Memory, Sqlite) {
  TestType store;
  for (Sequence sequence = 1; sequence <= 6; ++sequence)
    REQUIRE(commit(store, insert(sequence), finish(sequence, sequence * 1s)));
  REQUIRE(commit(store, insert(7)));
  auto left = [&] {
    Sequences left;
    for (Sequence sequence = 1; sequence <= 7; ++sequence)
      if (store->message(sequence))
        left.push_back(sequence);
    return left;
  };
  SECTION("by time") {
    REQUIRE(commit(store, DropFinished{wall0 + 3s, all, all}));
    CHECK(left() == Sequences{3, 4, 5, 6, 7});
  }
  SECTION("the oldest beyond a number") {
    REQUIRE(commit(store, DropFinished{wall0, 2, all}));
    CHECK(left() == Sequences{5, 6, 7});
  }
  SECTION("in slices") {
    REQUIRE(commit(store, DropFinished{wall0 + 1h, 0, 4}));
    CHECK(left() == Sequences{5, 6, 7});
    REQUIRE(commit(store, DropFinished{wall0 + 1h, 0, 1}));
    CHECK(left() == Sequences{6, 7});
  }
  SECTION("and is not pending again meanwhile") {
    bool answered = false;
    store->commit({DropFinished{wall0 + 3s, all, all}}, {store->opening().generation},
                  [&](const Result<void>&) { answered = true; });
    while (!answered) {
      store.await_disk();
      CHECK(store->message(1)->state == MessageRow::State::delivered);
      CHECK(sequences(store->pending(0, all)) == Sequences{7});
      store.await_commit();
    }
    CHECK(left() == Sequences{3, 4, 5, 6, 7});
  }
  CHECK(sequences(store->pending(0, all)) == Sequences{7});
  CHECK(store->waiting_count(k, wall0) == 1);
  CHECK(store->last_sequence() == 7);
}

TEMPLATE_TEST_CASE("store drops finished messages of one moment one by one", "[store]", Memory, Sqlite) {
  TestType store;
  REQUIRE(commit(store, insert(1), insert(2), insert(3), finish(2), finish(3), finish(1)));
  REQUIRE(commit(store, DropFinished{wall0, 2, all}));
  CHECK_FALSE(store->message(2));
  REQUIRE(commit(store, DropFinished{wall0 + 1s, all, 1}));
  CHECK_FALSE(store->message(3));
  CHECK(store->message(1));
  REQUIRE(commit(store, insert(4), finish(4), DropFinished{wall0 + 1s, all, all}));
  CHECK_FALSE(store->message(1));
  CHECK_FALSE(store->message(4));
}

TEMPLATE_TEST_CASE("store pages through the DLQ in both directions", "[store]", Memory, Sqlite) {
  TestType store;
  REQUIRE(commit(store, InsertDlqEntry{failed(10, 1)}, InsertDlqEntry{failed(30, 2)}, InsertDlqEntry{failed(20, 3)},
                 InsertDlqEntry{failed(20, 4)}));
  auto pages = [&](bool earliest_first) {
    std::string text;
    DlqQuery query{3, {}, earliest_first};
    for (bool more = true; more;) {
      auto page = store->dlq(query);
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
  REQUIRE(commit(store, DeleteDlqEntry{{20, 4}}, DeleteDlqEntry{{99, 9}}));
  CHECK(pages(true) == "10-1 20-3 30-2 | ");
  REQUIRE(commit(store, DropDlqEntries{WallTime{30ms}, 1}));
  CHECK(pages(true) == "20-3 30-2 | ");
  REQUIRE(commit(store, DropDlqEntries{WallTime{30ms}, all}));
  CHECK(pages(true) == "30-2 | ");
}

TEMPLATE_TEST_CASE("store ends a slice of the DLQ where its bodies are many", "[store]", Memory, Sqlite) {
  TestType store;
  for (Sequence each = 1; each <= 4; ++each) {
    auto entry = failed(10, each);
    entry->message = message(each, "k", each == 3 ? 10 : max_dlq_bytes);
    REQUIRE(commit(store, InsertDlqEntry{entry}));
  }
  auto sizes = [&](bool earliest_first) {
    std::vector<std::size_t> found;
    DlqQuery query{100, {}, earliest_first};
    do {
      auto page = store->dlq(query);
      found.push_back(page.entries.size());
      query.cursor = page.cursor;
    } while (query.cursor);
    return found;
  };
  CHECK(sizes(true) == std::vector<std::size_t>{1, 1, 2});
  CHECK(sizes(false) == std::vector<std::size_t>{1, 2, 1});
}

TEMPLATE_TEST_CASE("store keeps a DLQ entry when its message is dropped, and the other way round", "[store]", Memory,
                   Sqlite) {
  TestType store;
  auto entry = failed(10, 1);
  entry->attempts = 3;
  entry->response_headers = {{"Content-Type", "text/plain"}};
  entry->response_body = Body("sorry");
  entry->error = "why";
  REQUIRE(commit(store, insert(1), finish(1, 0ms, MessageRow::State::failed), InsertDlqEntry{entry}));
  CHECK_FALSE(store->dlq_entry({10, 2}));
  SECTION("the message goes first") {
    REQUIRE(commit(store, DropFinished{wall0 + 1s, all, all}));
    CHECK_FALSE(store->message(1));
    auto found = store->dlq_entry({10, 1});
    REQUIRE(found);
    CHECK(found->message->id.sequence() == 1);
    CHECK(found->message->request.body.view() == "xxx");
    CHECK(found->attempts == 3);
    CHECK(found->response_status == 500);
    CHECK(found->response_headers == entry->response_headers);
    CHECK(found->response_body.view() == "sorry");
    CHECK(found->error == "why");
    REQUIRE(commit(store, DeleteDlqEntry{{10, 1}}));
  }
  SECTION("the entry goes first") {
    REQUIRE(commit(store, DeleteDlqEntry{{10, 1}}));
    CHECK(store->message(1)->message->request.body.view() == "xxx");
    REQUIRE(commit(store, DropFinished{wall0 + 1s, all, all}));
    CHECK_FALSE(store->message(1));
  }
  CHECK_FALSE(store->dlq_entry({10, 1}));
  // Its number may be used again: nothing of it is left.
  REQUIRE(commit(store, insert(1)));
}

TEMPLATE_TEST_CASE("store agrees with a plain model through random changes", "[store]", Memory, Sqlite) {
  for (unsigned seed = 1; seed <= TestType::rounds; ++seed) {
    INFO("seed " << seed);
    TestType store;
    std::mt19937 random(seed);
    auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
    std::map<Sequence, WaitPosition> pending;
    for (Sequence last = 0; last < 60;) {
      if (pick(20) == 0)
        store.reopen();
      if (pick(10) == 0)
        REQUIRE(commit(store, DropFinished{wall0, static_cast<std::size_t>(pick(5)), all}));
      if (pick(2) == 0 || pending.empty()) {
        WaitPosition position{wall0 + std::chrono::milliseconds{pick(50)}, ++last};
        REQUIRE(commit(store, InsertMessage{message(last), position.ready_at, pick(2) == 0}));
        pending[last] = position;
        continue;
      }
      auto victim = std::next(pending.begin(), pick(static_cast<int>(pending.size())));
      if (pick(2) == 0) {
        victim->second.ready_at = wall0 + std::chrono::milliseconds{pick(50)};
        REQUIRE(commit(store, RetryMessage{victim->first, 1, victim->second.ready_at}));
        CHECK(store->message(victim->first)->position() == victim->second);
      } else {
        REQUIRE(commit(store, finish(victim->first)));
        pending.erase(victim);
      }
      auto upto = wall0 + std::chrono::milliseconds{pick(50)};
      std::vector<WaitPosition> expected;
      for (const auto& [sequence, position] : pending)
        if (position.ready_at <= upto)
          expected.push_back(position);
      std::sort(expected.begin(), expected.end());
      REQUIRE(store->waiting(k, {}, upto, all) == expected);
      REQUIRE(store->waiting_count(k, upto) == expected.size());
      REQUIRE(store->pending(0, all).size() == pending.size());
    }
  }
}
