// What every store must do with keys, queues, events and everything else that is no message.
#include "tests/store/stores.hpp"

using namespace sluice;
using namespace sluice::test;

TEMPLATE_TEST_CASE("store lists keys by name, search and page", "[store]", Memory, Sqlite) {
  TestType store;
  for (auto name : {"b/2", "a", "B", "b/1"})
    REQUIRE(commit(store, PutKey{{name}, {}}));
  REQUIRE(commit(store, PutKey{queue_key({"b/q"}), {}}));
  auto names = [&](FlowControlQuery query) {
    std::string text;
    for (const auto& key : store->keys(query))
      text += key.text + ' ';
    return text;
  };
  CHECK(names({}) == "B a b/1 b/2 ");
  CHECK(names({"b/"}) == "b/1 b/2 ");
  CHECK(names({"", "a", 1}) == "b/1 ");
  CHECK_FALSE(store->key({"c"}));
  REQUIRE(commit(store, DropKey{{"a"}}, DropKey{{"unknown"}}));
  CHECK(names({}) == "B b/1 b/2 ");
  CHECK_FALSE(store->key({"a"}));
}

TEMPLATE_TEST_CASE("store takes names of any bytes by their value", "[store]", Memory, Sqlite) {
  TestType store;
  const std::vector<std::string> names = {
      "../../etc/passwd", "a/b", "a%2Fb", "'; DROP TABLE keys; --", "\"", std::string("a\0b", 3), "a", "\xff\xfe",
      "\xc3\xbc",         "%",   "_",     std::string(256, 'k')};
  for (const auto& name : names)
    REQUIRE(commit(store, PutKey{{name}, {}}, InsertMessage{message(store->last_sequence() + 1, name), wall0, false},
                   RememberDuplicate{name, store->last_sequence() + 1, wall0 + 10s}));
  store.reopen();
  CHECK(store->keys({}).size() == names.size());
  for (std::size_t n = 0; n < names.size(); ++n) {
    CAPTURE(names[n]);
    CHECK(store->key({names[n]}));
    CHECK(sequences(store->waiting({names[n]}, {}, wall0, all)) == Sequences{n + 1});
    CHECK(store->duplicate(names[n], wall0)->sequence() == n + 1);
    CHECK(store->message(n + 1)->message->request.flow_control->key.text == names[n]);
  }
}

TEMPLATE_TEST_CASE("store lists queues by name and page", "[store]", Memory, Sqlite) {
  TestType store;
  for (auto name : {"y", "z", "x"})
    REQUIRE(commit(store, PutKey{queue_key({name}), {}}));
  REQUIRE(commit(store, PutKey{k, {}}));
  CHECK(store->queues({}, all) == std::vector<QueueName>{{"x"}, {"y"}, {"z"}});
  CHECK(store->queues({"x"}, 1) == std::vector<QueueName>{{"y"}});
  REQUIRE(commit(store, DropKey{queue_key({"y"})}));
  CHECK(store->queues({}, all) == std::vector<QueueName>{{"x"}, {"z"}});
}

TEMPLATE_TEST_CASE("store keeps messages whose key was dropped", "[store]", Memory, Sqlite) {
  TestType store;
  REQUIRE(commit(store, PutKey{k, {}}, insert(1), DropKey{k}));
  CHECK_FALSE(store->key(k));
  CHECK(store->waiting_count(k, wall0) == 1);
  store.reopen();
  REQUIRE(commit(store, insert(2), PutKey{k, {}}));
  CHECK(sequences(store->waiting(k, {}, wall0, all)) == Sequences{1, 2});
  CHECK(store->key(k));
}

TEMPLATE_TEST_CASE("store keeps a key's state whole", "[store]", Memory, Sqlite) {
  TestType store;
  FlowState state;
  state.config.limits = {3, 20, 90s};
  state.config.pinned_rate = true;
  state.config.paused = true;
  state.window = {TimePoint{123456789ns}, wall0 + 5s, 17};
  state.created_at = wall0;
  state.updated_at = wall0 + 1s;
  REQUIRE(commit(store, PutKey{k, {}}, PutKey{k, state}));
  auto found = store->key(k)->state;
  CHECK(found.config == state.config);
  CHECK(found.window.start == state.window.start);
  CHECK(found.window.started_at == state.window.started_at);
  CHECK(found.window.count == 17);
  CHECK(found.created_at == wall0);
  CHECK(found.updated_at == wall0 + 1s);
}

TEMPLATE_TEST_CASE("store tells who wrote a key's row", "[store]", Memory, Sqlite) {
  TestType store;
  REQUIRE(commit(store, PutKey{k, {}}, PutKey{{"other"}, {}}));
  CHECK(store->key(k)->writer == core::Writer::this_process);
  store.reopen();
  CHECK(store->key(k)->writer == core::Writer::same_boot);
  REQUIRE(commit(store, PutKey{k, {}}));
  CHECK(store->key(k)->writer == core::Writer::this_process);
  CHECK(store->key({"other"})->writer == core::Writer::same_boot);
}

TEMPLATE_TEST_CASE("store tells whether the owner before closed it cleanly", "[store]", Memory, Sqlite) {
  TestType store;
  CHECK(store->opening().was_clean);
  auto first = store->opening();
  store.reopen();
  CHECK_FALSE(store->opening().was_clean);
  CHECK(store->opening().generation > first.generation);
  CHECK(store->opening().origin == first.origin);
  REQUIRE(commit(store, CloseCleanly{}));
  store.reopen();
  CHECK(store->opening().was_clean);
  store.reopen();
  CHECK_FALSE(store->opening().was_clean);
}

TEMPLATE_TEST_CASE("store shows the audit log, newest first", "[store]", Memory, Sqlite) {
  TestType store;
  auto entry = [](int number) {
    return AddAudit{std::make_shared<AuditEntry>(
        AuditEntry{wall0, {"alice", "192.0.2.1"}, "pin", std::to_string(number), "rate=2 period=60s"})};
  };
  REQUIRE(commit(store, entry(1), entry(2), entry(3)));
  auto newest = store->audit({.count = 2});
  REQUIRE(newest.size() == 2);
  CHECK(newest[0].subject == "3");
  CHECK(newest[1].subject == "2");
  CHECK(newest[0].time == wall0);
  CHECK(newest[0].by.name == "alice");
  CHECK(newest[0].by.address == "192.0.2.1");
  CHECK(newest[0].action == "pin");
  CHECK(newest[0].detail == "rate=2 period=60s");
}

TEMPLATE_TEST_CASE("store keeps the signing keys", "[store]", Memory, Sqlite) {
  TestType store;
  CHECK_FALSE(store->signing_keys());
  REQUIRE(commit(store, PutSigningKeys{{"a", "b"}}));
  REQUIRE(commit(store, PutSigningKeys{{"b", "c"}}));
  CHECK(store->signing_keys()->current == "b");
  CHECK(store->signing_keys()->next == "c");
}

TEMPLATE_TEST_CASE("store keeps URL groups, in the order of their names", "[store]", Memory, Sqlite) {
  TestType store;
  auto group = [](std::string name, std::vector<Endpoint> endpoints) {
    return UrlGroup{{std::move(name)}, wall0, wall0 + 1s, std::move(endpoints), {{"Upstash-Retries", "2"}}};
  };
  auto put = [](const UrlGroup& group) { return PutUrlGroup{std::make_shared<const UrlGroup>(group)}; };
  auto b = group("b", {{"https://b.example/", "first"}, {"https://c.example/"}});
  REQUIRE(commit(store, put(group("c", {})), put(b), put(group("a", {}))));
  REQUIRE(commit(store, put(group("a", {{"https://a.example/"}})), DropUrlGroup{{"c"}}, DropUrlGroup{{"unknown"}}));
  store.reopen();
  CHECK(store->url_groups() == std::vector{group("a", {{"https://a.example/"}}), b});
  CHECK(store->url_group({"b"}) == b);
  CHECK_FALSE(store->url_group({"c"}));
}

TEMPLATE_TEST_CASE("store keeps endpoint and callback of a message", "[store]", Memory, Sqlite) {
  TestType store;
  auto change = insert(1);
  auto message = std::make_shared<Message>(*change.message);
  message->request.destination = UrlDestination{"https://a.example/", "group", "endpoint"};
  Callback callback{"https://c.example/", Method::put, {{"A", "b"}}, 2, "1000", 5s, FlowControl{{"k"}, {3, {}, 1s}}};
  message->request.callback = std::make_shared<const Callback>(callback);
  message->is_first_in_queue = true;
  change.message = message;
  REQUIRE(commit(store, change));
  store.reopen();
  auto kept = store->message(1)->message->destination();
  CHECK(kept.url_group == "group");
  CHECK(kept.endpoint == "endpoint");
  auto request = store->message(1)->message->request;
  REQUIRE(request.callback);
  CHECK_FALSE(request.failure_callback);
  CHECK(request.callback->url == callback.url);
  CHECK(request.callback->method == callback.method);
  CHECK(request.callback->headers == callback.headers);
  CHECK(request.callback->retries == 2);
  CHECK(request.callback->retry_delay == "1000");
  CHECK(request.callback->timeout == 5s);
  CHECK(request.callback->flow_control->limits.parallelism == 3);
  CHECK(store->message(1)->message->is_first_in_queue);
}

TEMPLATE_TEST_CASE("store keeps the redaction of a message, and the message as it is", "[store]", Memory, Sqlite) {
  TestType store;
  for (const auto& redaction : {Redaction{}, Redaction{true, false, {"A", "b"}}, Redaction{false, true, {}}}) {
    auto change = insert(store->last_sequence() + 1);
    auto message = std::make_shared<Message>(*change.message);
    message->request.redaction = redaction;
    change.message = message;
    REQUIRE(commit(store, change));
    store.reopen();
    auto kept = store->message(store->last_sequence())->message;
    CHECK(kept->request.redaction == redaction);
    CHECK(kept->request.body.view() == "xxx");
  }
}

TEMPLATE_TEST_CASE("store refuses a writer that has been replaced", "[store]", Memory, Sqlite) {
  TestType store;
  REQUIRE(commit(store, insert(1)));
  auto old = store->opening().generation;
  store.reopen();
  REQUIRE(commit(store, insert(2)));
  CHECK(commit_all(store, {insert(3)}, old).error().code == ErrorCode::unavailable);
  CHECK_FALSE(store->message(3));
  CHECK(store->last_sequence() == 2);
}
