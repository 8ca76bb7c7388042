// What every store must do with events: pages, filters, messages, retention.
#include "tests/store/stores.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

std::shared_ptr<const Message> labelled(Sequence sequence, const std::string& label) {
  auto copy = std::make_shared<Message>(*message(sequence));
  copy->request.labels = {label};
  return copy;
}

template <class Subject>
void insert_messages(Subject& store, Sequence upto) {
  for (Sequence sequence = 1; sequence <= upto; ++sequence)
    REQUIRE(commit(store, insert(sequence)));
}

std::string text(const std::vector<LogEntry>& entries) {
  std::string text;
  for (const auto& entry : entries)
    text += std::to_string(entry.event.sequence) + '@' + std::to_string((entry.event.time - wall0).count()) + ' ';
  return text;
}

std::vector<LogPosition> positions(const std::vector<LogEntry>& entries) {
  std::vector<LogPosition> all;
  for (const auto& entry : entries)
    all.push_back(entry.position);
  return all;
}

const LogQuery earliest_first{.earliest_first = true};

} // namespace

TEMPLATE_TEST_CASE("store lists events by time, and those of one moment as they came", "[store]", Memory, Sqlite) {
  TestType store;
  insert_messages(store, 6);
  REQUIRE(commit(store, event(20ms, 2), event(10ms, 1), event(20ms, 3)));
  // The clock went back.
  REQUIRE(commit(store, event(10ms, 4), event(15ms, 5), event(20ms, 6)));
  CHECK(text(log_of(store)) == "1@10 4@10 5@15 2@20 3@20 6@20 ");
  CHECK(text(log_of(store, {})) == "6@20 3@20 2@20 5@15 4@10 1@10 ");
}

TEMPLATE_TEST_CASE("store pages through the log exactly, for every page size and in both orders", "[store]", Memory,
                   Sqlite) {
  TestType store;
  insert_messages(store, 30);
  Sequence sequence = 0;
  // Several groups within one millisecond, and some that come late.
  for (auto at : {10ms, 10ms, 20ms, 10ms, 30ms, 20ms})
    REQUIRE(commit(store, event(at, ++sequence), event(at, ++sequence), event(at, ++sequence), event(5ms, ++sequence),
                   event(at, ++sequence)));
  auto reopened = GENERATE(false, true);
  if (reopened)
    store.reopen();
  for (bool earliest : {false, true})
    for (std::size_t count = 1; count <= 31; ++count) {
      CAPTURE(reopened, earliest, count);
      LogQuery query{.count = count, .earliest_first = earliest};
      auto whole = positions(log_of(store, {.earliest_first = earliest}));
      REQUIRE(whole.size() == 30);
      REQUIRE(std::set<LogPosition>(whole.begin(), whole.end()).size() == 30);
      REQUIRE(positions(log_of(store, query)) == whole);
    }
}

TEMPLATE_TEST_CASE("store keeps the page that follows as it is while events are added", "[store]", Memory, Sqlite) {
  TestType store;
  insert_messages(store, 6);
  REQUIRE(commit(store, event(10ms, 1), event(10ms, 2), event(10ms, 3)));
  auto first = log_slice(store, {.count = 1});
  REQUIRE(sequences(first.entries) == Sequences{3});
  REQUIRE(commit(store, event(10ms, 4), event(11ms, 5)));
  CHECK(sequences(log_of(store, {.cursor = first.next})) == Sequences{2, 1});
}

TEMPLATE_TEST_CASE("store joins an event with its message and a failure with its answer", "[store]", Memory, Sqlite) {
  TestType store;
  Event error{wall0 + 1ms, 9, EventKind::error, 503, {}, "HTTP status 503"};
  Event retry{wall0 + 1ms, 9, EventKind::retry, 503, wall0 + 5s, {}};
  auto entry = failed((wall0 + 1ms).time_since_epoch().count(), 9);
  entry->response_headers = {{"X", "y"}};
  entry->response_body = Body("busy");
  REQUIRE(commit(store, insert(9), AddEvent{error, message(9)}, AddEvent{retry, message(9)}, InsertDlqEntry{entry}));
  auto log = log_of(store);
  REQUIRE(log.size() == 2);
  CHECK(log[0].event == error);
  CHECK(log[1].event == retry);
  CHECK(log[0].message->request.body.view() == "xxx");
  CHECK(log[0].response_headers == entry->response_headers);
  CHECK(log[0].response_body.view() == "busy");
  CHECK(log[1].response_headers.empty());
}

TEMPLATE_TEST_CASE("store finds by every part of a filter", "[store]", Memory, Sqlite) {
  TestType store;
  REQUIRE(commit(store, InsertMessage{labelled(1, "a"), wall0, false}, InsertMessage{labelled(2, "b"), wall0, false},
                 InsertMessage{queued(3, "q"), wall0, false}));
  REQUIRE(commit(store, AddEvent{{wall0, 1, EventKind::created}, labelled(1, "a")},
                 AddEvent{{wall0 + 1ms, 2, EventKind::created}, labelled(2, "b")},
                 AddEvent{{wall0 + 2ms, 3, EventKind::created}, queued(3, "q")},
                 AddEvent{{wall0 + 3ms, 2, EventKind::delivered, 200}, labelled(2, "b")}));
  auto reopened = GENERATE(false, true);
  if (reopened)
    store.reopen();
  auto found = [&](auto set) {
    LogQuery query;
    set(query.filter);
    return sequences(log_of(store, query));
  };
  CHECK(found([](auto& filter) { filter.labels = {"a"}; }) == Sequences{1});
  CHECK(found([](auto& filter) { filter.labels = {"b", "a"}; }) == Sequences{2, 2, 1});
  CHECK(found([](auto& filter) { filter.queues = {"q"}; }) == Sequences{3});
  CHECK(found([](auto& filter) { filter.paths = {"/3"}; }) == Sequences{3});
  CHECK(found([](auto& filter) { filter.labels = {"none"}; }).empty());
  CHECK(found([](auto& filter) { filter.kinds = {EventKind::delivered}; }) == Sequences{2});
  CHECK(found([](auto& filter) { filter.ids = {message(3)->id, message(2)->id}; }) == Sequences{2, 3, 2});
  CHECK(found([](auto& filter) { filter.from = filter.to = wall0 + 2ms; }) == Sequences{3});
}

TEMPLATE_TEST_CASE("store ends a slice of the log when its messages are large", "[store]", Memory, Sqlite) {
  TestType store;
  auto large = message(1, "k", max_log_bytes / 2);
  REQUIRE(commit(store, InsertMessage{large, wall0, false}, AddEvent{{wall0, 1, EventKind::created}, large},
                 AddEvent{{wall0, 1, EventKind::active}, large}, AddEvent{{wall0, 1, EventKind::delivered}, large}));
  auto slice = log_slice(store, {});
  CHECK(slice.entries.size() == 2);
  CHECK(log_of(store).size() == 3);
}

TEMPLATE_TEST_CASE("store drops events by time, number and slice", "[store]", Memory, Sqlite) {
  TestType store;
  insert_messages(store, 3);
  for (int ms = 0; ms < 4; ++ms)
    REQUIRE(commit(store, event(ms * 1ms, 1), event(ms * 1ms, 2), event(ms * 1ms, 3)));
  SECTION("by time") {
    REQUIRE(commit(store, DropEvents{wall0 + 2ms, all, all}));
    CHECK(text(log_of(store)) == "1@2 2@2 3@2 1@3 2@3 3@3 ");
  }
  SECTION("the oldest beyond a number") {
    REQUIRE(commit(store, DropEvents{wall0, 5, all}));
    CHECK(text(log_of(store)) == "2@2 3@2 1@3 2@3 3@3 ");
  }
  SECTION("in slices, and then a page goes on where it was") {
    auto first = log_slice(store, {.count = 10});
    REQUIRE(commit(store, DropEvents{wall0 + 1h, all, 1}));
    REQUIRE(commit(store, DropEvents{wall0 + 1h, all, 1}));
    CHECK(log_of(store).size() == 10);
    CHECK(log_of(store, {.cursor = first.next}).empty());
    CHECK(log_of(store, {.cursor = first.entries[8].position}).size() == 1);
    // Also where the index is read from the tables.
    store.reopen();
    CHECK(log_of(store).size() == 10);
    CHECK(log_of(store, {.cursor = first.entries[8].position}).size() == 1);
    REQUIRE(commit(store, event(3ms, 2), event(0ms, 1)));
    CHECK(text(log_of(store)).starts_with("3@0 1@0 1@1 "));
    CHECK(text(log_of(store)).ends_with("3@3 2@3 "));
  }
}

TEMPLATE_TEST_CASE("store finds an event of a moment whose others were dropped", "[store]", Memory, Sqlite) {
  TestType store;
  insert_messages(store, 3);
  REQUIRE(commit(store, event(1ms, 1), event(1ms, 2), event(5ms, 2)));
  REQUIRE(commit(store, DropEvents{wall0 + 2ms, all, all}));
  REQUIRE(commit(store, event(1ms, 3)));
  CHECK(text(log_of(store)) == "3@1 2@5 ");
}

TEMPLATE_TEST_CASE("store keeps a finished message as long as an event of it", "[store]", Memory, Sqlite) {
  TestType store;
  REQUIRE(commit(store, insert(1), event(0ms, 1), finish(1, 5ms), event(5ms, 1)));
  REQUIRE(commit(store, DropFinished{wall0 + 1h, 0, all}));
  CHECK(log_of(store).size() == 2);
  REQUIRE(commit(store, insert(2), event(9ms, 2), DropEvents{wall0 + 5ms, all, all}, DropFinished{wall0 + 1h, 0, all}));
  CHECK(text(log_of(store)) == "1@5 2@9 ");
  REQUIRE(commit(store, DropEvents{wall0 + 6ms, all, all}, DropFinished{wall0 + 1h, 0, all}));
  CHECK(text(log_of(store)) == "2@9 ");
  CHECK_FALSE(store->message(1));
}

TEMPLATE_TEST_CASE("store lets the oldest events go when finished messages take too much", "[store]", Memory, Sqlite) {
  TestType store;
  auto bytes = footprint(*message(1, "k", 1000));
  for (Sequence each = 1; each <= 20; ++each) {
    auto large = message(each, "k", 1000);
    auto at = wall0 + std::chrono::milliseconds{each};
    REQUIRE(commit(store, InsertMessage{large, wall0, false}, AddEvent{{at, each, EventKind::created}, large},
                   FinishMessage{each, MessageRow::State::delivered, 1, at, bytes},
                   AddEvent{{at, each, EventKind::delivered}, large}));
  }
  REQUIRE(commit(store, DropEvents{wall0, all, all, 12 * bytes}));
  auto left = sequences(log_of(store));
  CHECK(left.size() >= 10);
  CHECK(left.size() <= 24);
  CHECK(left.back() == 20);
  CHECK_FALSE(store->message(8));
  REQUIRE(commit(store, DropEvents{wall0, all, all, 12 * bytes}));
  CHECK(sequences(log_of(store)) == left);
}
