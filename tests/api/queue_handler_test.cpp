#include "http/api/handlers.hpp"

#include "tests/api/support/api_fixture.hpp"

using namespace sluice;

using Fixture = test::ApiFixture;

namespace {

constexpr std::string_view url = "https://a.example/";

http::ApiResponse upsert(Fixture& api, std::string body) {
  return api.call("POST", "/v2/queues", {{"Content-Type", "application/json"}}, std::move(body));
}

std::string enqueue(Fixture& api, std::string queue, Fixture::Given headers = {}, std::string body = {}) {
  auto response = api.call("POST", "/v2/enqueue/" + queue + "/" + std::string(url), headers, std::move(body));
  INFO(response.body);
  REQUIRE(response.status == 200);
  return Fixture::field(response.body, "messageId");
}

// Lets everything that is ready start.
void settle(Fixture& api) {
  for (int turn = 0; turn < 20; ++turn)
    api.call("GET", "/v2/keys");
}

std::string bodies(const Fixture& api) {
  std::string joined;
  for (const auto& sent : api.transport->sent)
    joined += sent.body.view();
  return joined;
}

} // namespace

TEST_CASE("A queue is read back as it was set, at once", "[api]") {
  Fixture api;
  CHECK(upsert(api, R"({"queueName":"q","parallelism":2,"paused":true})").status == 200);
  auto expected = std::string(R"({"name":"q","createdAt":1700000000000,"updatedAt":1700000000000,"parallelism":2,)"
                              R"("paused":true,"lag":0})");
  CHECK(api.call("GET", "/v2/queues/q").body == expected);
  CHECK(api.call("GET", "/v2/Queues/").body == "[" + expected + "]");
  SECTION("and keeps what a later change leaves out") {
    upsert(api, R"({"queueName":"q","parallelism":5})");
    CHECK(api.call("GET", "/v2/queues/q").body.find(R"("parallelism":5,"paused":true)") != std::string::npos);
    upsert(api, R"({"queueName":"q","paused":false})");
    CHECK(api.call("GET", "/v2/queues/q").body.find(R"("parallelism":5,"paused":false)") != std::string::npos);
  }
}

TEST_CASE("Queues are listed by name, and a deleted one is gone at once", "[api]") {
  Fixture api;
  for (auto name : {"b", "a"})
    upsert(api, R"({"queueName":")" + std::string(name) + R"("})");
  auto list = api.call("GET", "/v2/queues").body;
  CHECK(list.find(R"("name":"a")") < list.find(R"("name":"b")"));
  CHECK(api.call("DELETE", "/v2/queues/a").status == 200);
  CHECK(api.call("DELETE", "/v2/queues/b/").status == 200);
  CHECK(api.call("GET", "/v2/queues").body == "[]");
  CHECK(api.call("DELETE", "/v2/queues/a").status == 200);
}

TEST_CASE("A queue that is not there is 404, a name that cannot be one 400", "[api]") {
  Fixture api;
  auto missing = api.call("GET", "/v2/queues/nobody");
  CHECK(missing.status == 404);
  CHECK(missing.body == R"({"error":"queue not found"})");
  const std::vector<std::string> impossible = {"a%20b", "a%2Fb", "%00", "%zz", std::string(257, 'q'), "$"};
  for (const auto& name : impossible) {
    CAPTURE(name);
    for (auto method : {"GET", "DELETE"})
      CHECK(api.call(method, "/v2/queues/" + name).status == 400);
    CHECK(api.call("POST", "/v2/queues/" + name + "/pause").status == 400);
    CHECK(api.call("POST", "/v2/enqueue/" + name + "/" + std::string(url)).status == 400);
  }
  CHECK(api.call("POST", "/v2/queues//pause").status == 400);
  CHECK(upsert(api, R"({"queueName":"a b"})").status == 400);
  CHECK(upsert(api, "").status == 400);
  CHECK(upsert(api, R"({"queueName":"q","parallelism":0})").status == 400);
  CHECK(api.call("GET", "/v2/queues").body == "[]");
}

TEST_CASE("There are not more queues than allowed, but those there are may change", "[api]") {
  Fixture api;
  for (std::size_t i = 0; i < SchedulerOptions{}.max_queues; ++i)
    REQUIRE(upsert(api, R"({"queueName":"q)" + std::to_string(i) + R"("})").status == 200);
  CHECK(upsert(api, R"({"queueName":"more"})").status == 412);
  CHECK(api.call("POST", "/v2/queues/more/pause").status == 412);
  CHECK(api.call("POST", "/v2/enqueue/more/" + std::string(url)).status == 412);
  CHECK(upsert(api, R"({"queueName":"q7","parallelism":2})").status == 200);
}

TEST_CASE("A queue may have as much parallelism as allowed, and no more", "[api]") {
  SchedulerOptions options;
  options.max_queue_parallelism = 10;
  Fixture api(options);
  CHECK(upsert(api, R"({"queueName":"q","parallelism":10})").status == 200);
  auto refused = upsert(api, R"({"queueName":"q","parallelism":11})");
  CHECK(refused.status == 412);
  CHECK(refused.body == R"({"error":"parallelism must be 1 to 10, not 11"})");
}

TEST_CASE("An enqueued message is delivered as a published one, and names its queue", "[api]") {
  Fixture api;
  auto response = api.call("POST", "/v2/enqueue/q/https://a.example//p?x=%20&upstash-retries=1", {}, "body");
  CHECK(response.status == 200);
  auto id = Fixture::field(response.body, "messageId");
  CHECK(response.body == R"({"messageId":")" + id + R"(","url":"https://a.example//p?x=%20"})");
  settle(api);
  REQUIRE(api.transport->sent.size() == 1);
  CHECK(api.transport->sent.front().url == "https://a.example//p?x=%20");
  CHECK(api.call("GET", "/v2/messages/" + id).body.find(R"("queueName":"q")") != std::string::npos);
  CHECK(api.call("GET", "/v2/queues/q").body.find(R"("parallelism":1,"paused":false,"lag":0)") != std::string::npos);
  SECTION("the queue of the path beats that of the header, which serves a publish") {
    auto other = enqueue(api, "path", {{"Upstash-Queue-Name", "header"}});
    CHECK(api.call("GET", "/v2/messages/" + other).body.find(R"("queueName":"path")") != std::string::npos);
    auto published = api.publish(url, {{"Upstash-Queue-Name", "header"}});
    CHECK(api.call("GET", "/v2/messages/" + published).body.find(R"("queueName":"header")") != std::string::npos);
  }
}

TEST_CASE("An enqueue without a destination, or a queue, is refused and makes no queue", "[api]") {
  Fixture api;
  for (auto path : {"", "/", "/q", "/q/", "/https://a.example/", "/q/example.com"}) {
    CAPTURE(path);
    CHECK(api.call("POST", "/v2/enqueue" + std::string(path)).status == 400);
  }
  CHECK(api.call("POST", "/v2/enqueue/q/no-such-group").status == 404);
  CHECK(api.call("GET", "/v2/queues").body == "[]");
}

TEST_CASE("A queue sends one message at a time, in order, unless it may send more", "[api]") {
  Fixture api;
  api.transport->holds = true;
  SECTION("one") {
    for (auto body : {"a", "b", "c"})
      enqueue(api, "q", {}, body);
    settle(api);
    CHECK(bodies(api) == "a");
  }
  SECTION("two") {
    upsert(api, R"({"queueName":"q","parallelism":2})");
    for (auto body : {"a", "b", "c"})
      enqueue(api, "q", {}, body);
    settle(api);
    CHECK(bodies(api) == "ab");
  }
  CHECK(api.call("GET", "/v2/queues/q").body.find(R"("lag":3)") != std::string::npos);
}

TEST_CASE("A paused queue keeps its messages, and goes on in their order", "[api]") {
  Fixture api;
  for (int twice = 0; twice < 2; ++twice)
    CHECK(api.call("POST", "/v2/queues/q/pause").status == 200);
  for (auto body : {"a", "b", "c"})
    enqueue(api, "q", {}, body);
  settle(api);
  CHECK(api.transport->sent.empty());
  CHECK(api.call("GET", "/v2/queues/q").body.find(R"("paused":true,"lag":3)") != std::string::npos);
  for (int twice = 0; twice < 2; ++twice)
    CHECK(api.call("POST", "/v2/queues/q/RESUME").status == 200);
  settle(api);
  CHECK(bodies(api) == "abc");
}

TEST_CASE("A queue is no flow-control key", "[api]") {
  Fixture api;
  enqueue(api, "q");
  CHECK(api.call("GET", "/v2/flowControl").body == "[]");
  CHECK(api.call("GET", "/v2/flowControl/q").status == 404);
}

TEST_CASE("A deleted queue takes its messages along", "[api]") {
  Fixture api;
  api.call("POST", "/v2/queues/q/pause");
  auto id = enqueue(api, "q");
  CHECK(api.call("DELETE", "/v2/queues/q").status == 200);
  CHECK(api.call("DELETE", "/v2/messages/" + id).status == 404);
  api.call("POST", "/v2/queues/q/resume");
  settle(api);
  CHECK(api.transport->sent.empty());
}
