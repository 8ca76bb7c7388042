#include "http/api/handlers.hpp"

#include "tests/api/support/api_fixture.hpp"

using namespace sluice;

using Fixture = test::ApiFixture;

namespace {

// Publishes what fails at once, and returns the id of its entry.
std::string dead(Fixture& api, Fixture::Given headers = {}, std::string_view url = "https://a.example/",
                 std::string body = {}) {
  api.transport->answer = {.status = 500, .body = "broken"};
  headers.push_back({"Upstash-Retries", "0"});
  auto id = api.publish(url, headers, std::move(body));
  auto list = api.call_until(id, "GET", "/v2/dlq").body;
  return Fixture::field(list.substr(list.find(id)), "dlqId");
}

std::string error(std::string_view text) { return R"({"error":")" + std::string(text) + R"("})"; }

std::size_t entries(Fixture& api, std::string_view query = "") {
  auto response = api.call("GET", "/v2/dlq" + std::string(query));
  INFO(response.body);
  CHECK(response.status == 200);
  std::size_t count = 0;
  for (auto at = response.body.find("\"dlqId\""); at != std::string::npos; at = response.body.find("\"dlqId\"", at + 1))
    ++count;
  return count;
}

const std::string missing = error("dlq message not found");

} // namespace

TEST_CASE("A message that a destination refuses for good is in the DLQ with the answer", "[api]") {
  Fixture api;
  api.transport->answer = {
      .status = 489, .headers = {{"Upstash-NonRetryable-Error", "true"}, {"x-a", "1"}}, .body = "no"};
  CHECK(api.call("GET", "/v2/dlq").body == R"({"messages":[]})");
  auto id = api.publish("https://a.example/");
  auto body = api.call_until(id, "GET", "/v2/dlq/").body;
  CHECK(body.find(R"("responseStatus":489)") != std::string::npos);
  CHECK(body.find(R"("X-A":["1"])") != std::string::npos);
  CHECK(body.find(R"("responseBody":"no")") != std::string::npos);
  CHECK(Fixture::field(body, "dlqId").substr(0, 14) == "1700000000000-");
}

TEST_CASE("The DLQ is paged, newest first unless asked otherwise", "[api]") {
  Fixture api;
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i)
    ids.push_back(dead(api));
  auto first = api.call("GET", "/v2/dlq?count=2").body;
  CHECK(Fixture::field(first, "dlqId") == ids[2]);
  CHECK(first.find(ids[1]) != std::string::npos);
  CHECK(first.find(ids[0]) == std::string::npos);
  auto second = api.call("GET", "/v2/dlq?count=2&cursor=" + Fixture::field(first, "cursor")).body;
  CHECK(Fixture::field(second, "dlqId") == ids[0]);
  CHECK(second.find("cursor") == std::string::npos);
  CHECK(Fixture::field(api.call("GET", "/v2/dlq?order=earliestFirst").body, "dlqId") == ids[0]);
}

TEST_CASE("A page of the DLQ ends where its bodies would be too many, a single one never", "[api]") {
  SchedulerOptions options;
  options.max_body = 20 << 20;
  Fixture api(std::move(options));
  for (int megabytes : {7, 17, 7, 7})
    dead(api, {}, "https://a.example/", std::string(static_cast<std::size_t>(megabytes) << 20, 'x'));
  std::vector<std::size_t> sizes;
  std::string query;
  for (bool is_last = false; !is_last;) {
    sizes.push_back(entries(api, query));
    auto page = api.call("GET", "/v2/dlq" + query).body;
    is_last = page.find(R"("cursor")") == std::string::npos;
    query = is_last ? "" : "?cursor=" + Fixture::field(page, "cursor");
  }
  CHECK(sizes == std::vector<std::size_t>{2, 1, 1});
  CHECK(api.call("DELETE", "/v2/dlq").body == R"({"deleted":4})");
}

TEST_CASE("While a page of large entries is read the loop does other work between them", "[api]") {
  Fixture api;
  for (int i = 0; i < 4; ++i)
    dead(api, {}, "https://a.example/", std::string(std::size_t{1} << 20, 'x'));
  std::size_t turns = 0;
  std::function<void()> count_turn = [&] {
    ++turns;
    api.loop.post(count_turn);
  };
  api.loop.post(count_turn);
  CHECK(entries(api) == 4);
  CHECK(turns >= 4);
}

TEST_CASE("An entry that is deleted while a page is read is on it or not, and the others are", "[api]") {
  Fixture api;
  std::vector<std::string> ids; // Oldest first.
  for (int i = 0; i < 6; ++i)
    ids.push_back(dead(api, {}, "https://a.example/", std::string(std::size_t{1} << 20, 'x')));
  auto deleted = GENERATE(0, 2, 5);
  auto headers = Fixture::Given{{"Authorization", "Bearer secret"}};
  std::vector<http::ApiResponse> responses;
  auto keep = [&](http::ApiResponse response) {
    responses.push_back(std::move(response));
    if (responses.size() == 2)
      api.loop.stop();
  };
  api.loop.post([&] { api.api.handle({"GET", "/v2/dlq", headers, {}, "127.0.0.1"}, keep); });
  auto path = "/v2/dlq/" + ids[static_cast<std::size_t>(deleted)];
  std::function<void(int)> delete_in = [&](int turns) {
    if (turns == 0)
      return api.api.handle({"DELETE", path, headers, {}, "127.0.0.1"}, keep);
    api.loop.post([&, turns] { delete_in(turns - 1); });
  };
  delete_in(3);
  api.loop.run();
  REQUIRE(responses.size() == 2);
  std::string page;
  for (const auto& response : responses) {
    CHECK(response.status == 200);
    for (const auto& piece : response.pieces)
      page += piece.view();
  }
  for (const auto& id : ids)
    if (id != ids[static_cast<std::size_t>(deleted)])
      CHECK((page.find(id) != std::string::npos));
  CHECK((page.find("cursor") == std::string::npos));
}

TEST_CASE("Two calls that retry all entries at the same time retry each of them once", "[api]") {
  Fixture api;
  std::string ids;
  for (int i = 0; i < 5; ++i)
    ids += "dlqIds=" + dead(api, {}, "https://a.example/", std::string(std::size_t{1} << 20, 'x')) + "&";
  api.transport->answer = {.status = 200};
  api.transport->sent.clear();
  auto query = GENERATE_COPY(std::string("count=100"), ids);
  auto headers = Fixture::Given{{"Authorization", "Bearer secret"}};
  int answers = 0;
  for (int call = 0; call < 2; ++call)
    api.loop.post([&] {
      api.api.handle({"POST", "/v2/dlq/retry?" + query, headers, {}, "127.0.0.1"}, [&](const http::ApiResponse&) {
        if (++answers == 2)
          api.loop.stop();
      });
    });
  api.loop.run();
  CHECK(entries(api) == 0);
  CHECK(api.transport->sent.size() == 5);
}

TEST_CASE("Entries whose retry is refused are in the DLQ again", "[api]") {
  Fixture api;
  auto id = dead(api);
  CHECK(api.call("POST", "/v2/dlq/retry?count=100", {{"Upstash-Retries", "101"}}).status == 400);
  CHECK(api.call("POST", "/v2/dlq/retry/" + id, {{"Upstash-Retries", "101"}}).status == 400);
  CHECK(entries(api) == 1);
  CHECK(api.call("DELETE", "/v2/dlq/" + id).status == 200);
}

TEST_CASE("A parameter of the DLQ that cannot be followed is refused", "[api]") {
  Fixture api;
  for (auto query : {"count=0", "count=101", "count=x", "cursor=x", "order=newest", "count=%", "trimBody=x"}) {
    CAPTURE(query);
    CHECK(api.call("GET", "/v2/dlq?" + std::string(query)).status == 400);
  }
  CHECK(api.call("GET", "/v2/dlq?source=workflow").status == 501);
  CHECK(api.call("GET", "/v2/dlq?unheard=of&count=&cursor=").status == 200);
}

TEST_CASE("Each filter of the DLQ selects what it says, and several what all of them say", "[api]") {
  Fixture api;
  auto first = dead(api, {{"Upstash-Label", "x"}, {"Upstash-Queue-Name", "q"}}, "https://a.example/one");
  auto second = dead(
      api,
      {{"Upstash-Label", "y,x"}, {"Upstash-Flow-Control-Key", "k"}, {"Upstash-Flow-Control-Value", "parallelism=1"}},
      "https://b.example/?q=1,2", "0123456789");
  auto row = GENERATE_REF(table<std::string, std::size_t>({
      {"", 2},
      {"?dlqIds=" + first + "&dlqIds=" + second, 2},
      {"?dlqIds=" + first + "," + second, 2},
      {"?dlqIds=" + first + "&dlqIds=1-1", 1},
      {"?dlqIds=unknown", 0},
      {"?messageId=msg_unknown", 0},
      {"?url=https://a.example/one", 1},
      {"?url=https://b.example/?q%3D1%2C2", 1},
      {"?url=https://a.example/one,https://b.example/", 1},
      {"?queueName=q&queueName=r", 1},
      {"?flowControlKey=k", 1},
      {"?label=x", 2},
      {"?label=y", 1},
      {"?label=x&queueName=q", 1},
      {"?label=y&queueName=q", 0},
      {"?callerIp=127.0.0.1", 2},
      {"?callerIP=10.0.0.1", 0},
      {"?responseStatus=500", 2},
      {"?responseStatus=404,500", 2},
      {"?responseStatus=999", 0},
      {"?fromDate=1700000000000&toDate=1700000000000", 2},
      {"?fromDate=4102444800000", 0},
      {"?toDate=946684800000", 0},
      {"?topicName=t", 0},
      {"?scheduleId=s", 0},
  }));
  CAPTURE(std::get<0>(row));
  CHECK(entries(api, std::get<0>(row)) == std::get<1>(row));
  // Its id is another in each run.
  auto message = Fixture::field(api.call("GET", "/v2/dlq/" + first).body, "messageId");
  CHECK(entries(api, "?messageId=" + message) == 1);
}

TEST_CASE("A page of filtered entries goes on where it ended", "[api]") {
  Fixture api;
  for (int i = 0; i < 3; ++i) {
    dead(api, {{"Upstash-Label", "wanted"}});
    dead(api);
  }
  auto first = api.call("GET", "/v2/dlq?label=wanted&count=2").body;
  auto rest = "/v2/dlq?label=wanted&count=2&cursor=" + Fixture::field(first, "cursor");
  auto second = api.call("GET", rest).body;
  CHECK(Fixture::field(second, "label") == "wanted");
  CHECK(second.find("cursor") == std::string::npos);
}

TEST_CASE("Bodies of the DLQ can be cut or left out", "[api]") {
  Fixture api;
  dead(api, {}, "https://a.example/", "0123456789");
  CHECK(api.call("GET", "/v2/dlq?trimBody=4").body.find(R"("body":"0123")") != std::string::npos);
  CHECK(api.call("GET", "/v2/dlq?trimBody=-1").body.find("ody\"") == std::string::npos);
}

TEST_CASE("One entry is read, deleted once, and then gone", "[api]") {
  Fixture api;
  auto id = dead(api);
  auto path = "/v2/dlq/" + id;
  auto entry = api.call("GET", path);
  CHECK(entry.status == 200);
  CHECK(api.call("GET", "/v2/dlq").body == R"({"messages":[)" + entry.body + "]}");
  auto newer = dead(api);
  CHECK(api.call("DELETE", path).status == 200);
  CHECK(api.call("GET", "/v2/dlq/" + newer).status == 200);
  for (auto method : {"GET", "DELETE"}) {
    auto gone = api.call(method, path);
    CHECK(gone.status == 404);
    CHECK(gone.body == missing);
  }
}

TEST_CASE("An id that names no entry is 404 whatever it looks like", "[api]") {
  Fixture api;
  for (std::string id : {"x", "1-1", "-1--1", "..%2Fkeys", "%00", "99999999999999999999-1", "1-"}) {
    CAPTURE(id);
    for (auto [method, path] : {std::pair{"GET", "/v2/dlq/" + id}, std::pair{"DELETE", "/v2/dlq/" + id},
                                std::pair{"POST", "/v2/dlq/retry/" + id}}) {
      auto response = api.call(method, path);
      CHECK(response.status == 404);
      CHECK(response.body == missing);
    }
  }
}

TEST_CASE("Entries are deleted by ids or filters, from query or body, and counted", "[api]") {
  Fixture api;
  auto one = dead(api, {{"Upstash-Label", "x"}}), two = dead(api), three = dead(api);
  dead(api);
  CHECK(api.call("DELETE", "/v2/dlq?label=x&count=100").body == R"({"deleted":1})");
  CHECK(api.call("DELETE", "/v2/dlq?dlqIds=" + one + "&dlqIds=" + two).body == R"({"deleted":1})");
  CHECK(api.call("DELETE", "/v2/dlq", {}, R"({"dlqIds":[")" + two + R"(",")" + three + R"("]})").body ==
        R"({"deleted":1})");
  CHECK(api.call("DELETE", "/v2/dlq", {}, R"({"dlqIds":[]})").body == R"({"deleted":0})");
  CHECK(entries(api) == 1);
  CHECK(api.call("DELETE", "/v2/dlq").body == R"({"deleted":1})");
  CHECK(entries(api) == 0);
}

TEST_CASE("A deletion that does not reach the end tells where to go on", "[api]") {
  Fixture api;
  for (int i = 0; i < 3; ++i)
    dead(api);
  auto first = api.call("DELETE", "/v2/dlq?count=2").body;
  CHECK(first.find(R"("deleted":2)") != std::string::npos);
  CHECK(api.call("DELETE", "/v2/dlq?count=2&cursor=" + Fixture::field(first, "cursor")).body == R"({"deleted":1})");
}

TEST_CASE("A bulk call on the DLQ with anything wrong in it does nothing", "[api]") {
  Fixture api;
  dead(api);
  for (std::string query : {"labeel=some-value&count=100", "label=", "count=0", "host=a", "order=latestFirst"}) {
    CAPTURE(query);
    for (auto [method, path] : {std::pair{"DELETE", "/v2/dlq?"}, std::pair{"POST", "/v2/dlq/retry?"}}) {
      auto response = api.call(method, path + query);
      CHECK(response.status == 400);
      CHECK(response.body.find(query.substr(0, query.find('='))) != std::string::npos);
    }
  }
  for (auto body : {"{", "null", R"({"dlqIds":5})", R"({"dlqIds":[null]})", R"({"dlqids":[]})", R"({"label":[]})"}) {
    CAPTURE(body);
    CHECK(api.call("DELETE", "/v2/dlq", {}, body).status == 400);
    CHECK(api.call("POST", "/v2/dlq/retry", {}, body).status == 400);
  }
  CHECK(entries(api) == 1);
}

TEST_CASE("A retry publishes the message anew and removes the entry at once", "[api]") {
  Fixture api;
  auto id = dead(api, {{"Upstash-Label", "x"}, {"Upstash-Forward-X", "v"}}, "https://a.example/p", "body");
  auto old = Fixture::field(api.call("GET", "/v2/dlq/" + id).body, "messageId");
  auto newer = dead(api);
  api.transport->answer = {.status = 200};
  auto retried = api.call("POST", "/v2/dlq/retry/" + id);
  CHECK(retried.status == 201);
  CHECK(api.call("GET", "/v2/dlq/" + newer).status == 200);
  auto fresh = Fixture::field(retried.body, "messageId");
  CHECK(fresh != old);
  CHECK(retried.body == R"({"messageId":")" + fresh + R"("})");
  CHECK(api.call("DELETE", "/v2/dlq/" + id).status == 404);
  auto message = api.call("GET", "/v2/messages/" + fresh).body;
  CHECK(message.find(R"("url":"https://a.example/p")") != std::string::npos);
  CHECK(message.find(R"("header":{"X":["v"]},"body":"body","label":"x")") != std::string::npos);
  api.call("GET", "/v2/keys");
  REQUIRE(api.transport->sent.size() == 3);
  CHECK(api.transport->sent.back().body.view() == "body");
}

TEST_CASE("Entries are retried by ids or filters, and each answers with its new message", "[api]") {
  Fixture api;
  auto one = dead(api, {{"Upstash-Label", "x"}}), two = dead(api);
  dead(api);
  api.transport->answer = {.status = 200};
  auto by_label = api.call("POST", "/v2/dlq/retry?label=x&count=100");
  CHECK(by_label.status == 201);
  CHECK(by_label.body ==
        R"({"responses":[{"messageId":")" + Fixture::field(by_label.body, "messageId") + R"("}],"cursor":""})");
  CHECK(entries(api) == 2);
  SECTION("of ids, those that exist") {
    auto by_id = api.call("POST", "/v2/dlq/retry?dlqIds=" + one + "&dlqIds=" + two);
    CHECK(by_id.status == 201);
    CHECK(by_id.body.find(R"("}],"cursor":""})") != std::string::npos);
    CHECK(entries(api) == 1);
  }
  SECTION("ids of which none exists are 404") {
    auto none = api.call("POST", "/v2/dlq/retry?dlqIds=" + one);
    CHECK(none.status == 404);
    CHECK(none.body == missing);
    CHECK(api.call("POST", "/v2/dlq/retry", {}, R"({"dlqIds":["x"]})").status == 404);
  }
  SECTION("not more than asked for") {
    auto some = api.call("POST", "/v2/dlq/retry?count=1").body;
    CHECK(entries(api) == 1);
    CHECK(Fixture::field(some, "cursor") != "");
  }
}

TEST_CASE("A filter that matches nothing retries nothing, whichever it is", "[api]") {
  Fixture api;
  dead(api);
  for (auto query :
       {"messageId=no", "url=no", "topicName=no", "scheduleId=no", "queueName=no", "callerIp=no", "label=no",
        "flowControlKey=no", "responseStatus=999", "fromDate=4070908800000", "toDate=946684800000"}) {
    CAPTURE(query);
    auto response = api.call("POST", "/v2/dlq/retry?count=100&" + std::string(query));
    CHECK(response.status == 201);
    CHECK(response.body == R"({"responses":[],"cursor":""})");
  }
}

TEST_CASE("Headers of a retry change the message, and no others may come", "[api]") {
  Fixture api;
  auto id = dead(api, {{"Upstash-Label", "old"}});
  for (auto [name, value] : {std::pair{"Upstash-Retries", "101"}, std::pair{"Upstash-Delay", "x"},
                             std::pair{"Upstash-Forward-X", "v"}, std::pair{"Upstash-Queue-Name", "q"}}) {
    CAPTURE(name);
    for (const auto& path : {"/v2/dlq/retry/" + id, "/v2/dlq/retry?dlqIds=" + id}) {
      auto response = api.call("POST", path, {{name, value}});
      CHECK(response.status == 400);
      CHECK(response.body.find(name) != std::string::npos);
    }
  }
  CHECK(entries(api) == 1);
  auto retried = api.call("POST", "/v2/dlq/retry?dlqIds=" + id + "&upstash-method=PUT",
                          {{"Upstash-Retries", "7"}, {"Upstash-Label", "new"}, {"Upstash-Delay", "1h"}});
  auto message = api.call("GET", "/v2/messages/" + Fixture::field(retried.body, "messageId")).body;
  CHECK(message.find(R"("method":"PUT","maxRetries":7,"notBefore":1700003600000)") != std::string::npos);
  CHECK(message.find(R"("labels":["new"])") != std::string::npos);
}

TEST_CASE("A retry is no duplicate of the message that failed", "[api]") {
  Fixture api;
  auto id = dead(api, {{"Upstash-Deduplication-Id", "once"}});
  auto retried = api.call("POST", "/v2/dlq/retry/" + id);
  CHECK(retried.status == 201);
  CHECK(retried.body.find("deduplicated") == std::string::npos);
}
