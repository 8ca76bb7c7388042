#include "http/api/handlers.hpp"

#include "tests/api/support/api_fixture.hpp"

using namespace sluice;

using Fixture = test::ApiFixture;

namespace {

std::string delayed(Fixture& api, std::string_view url, Fixture::Given headers = {}) {
  headers.push_back({"Upstash-Delay", "1h"});
  return api.publish(url, headers);
}

// How many a cancellation says it cancelled.
std::string cancelled(Fixture& api, std::string_view query, std::string body = {}) {
  auto response = api.call("DELETE", "/v2/messages" + std::string(query), {}, std::move(body));
  INFO(response.body);
  CHECK(response.status == 200);
  return response.body;
}

std::string count(int n) { return R"({"cancelled":)" + std::to_string(n) + "}"; }

} // namespace

TEST_CASE("Messages named one by one are cancelled and counted once", "[api]") {
  Fixture api;
  auto one = delayed(api, "https://a.example/"), two = delayed(api, "https://a.example/"),
       three = delayed(api, "https://a.example/");
  CHECK(cancelled(api, "?messageIds=" + one + "&messageIds=" + two + "&messageIds=msg_unknown") == count(2));
  CHECK(cancelled(api, "", R"({"messageIds":[")" + two + R"(",")" + three + R"("]})") == count(1));
  CHECK(cancelled(api, "?messageIds=") == count(0));
  CHECK(cancelled(api, "") == count(0));
}

TEST_CASE("A message in flight is cancelled too, and counted once", "[api]") {
  Fixture api;
  api.transport->holds = true;
  auto id = api.publish("https://a.example/");
  for (int turn = 0; turn < 20 && api.transport->sent.empty(); ++turn)
    api.call("GET", "/v2/keys");
  REQUIRE(api.transport->sent.size() == 1);
  CHECK(cancelled(api, "?messageIds=" + id) == count(1));
  CHECK(cancelled(api, "?messageIds=" + id) == count(0));
  CHECK(cancelled(api, "") == count(0));
}

TEST_CASE("Each filter of a cancellation selects what it says, and several what all of them say", "[api]") {
  auto row = GENERATE(table<std::string, int>({
      {"?label=x", 2},
      {"?label=x,y", 3},
      {"?label=x&label=y", 3},
      {"?label=x&url=https://a.example/one", 1},
      {"?label=nobody", 0},
      {"?url=https://a.example/one", 1},
      {"?url=https://a.example/one?q=1", 1},
      {"?host=A.example", 2},
      {"?host=b.example", 1},
      {"?host=b.example:8080", 1},
      {"?host=a.example:443", 2},
      {"?host=example", 0},
      {"?path=/one", 3},
      {"?path=/one?q=1", 0},
      {"?path=/", 0},
      {"?host=a.example&path=/one", 2},
      {"?queueName=q", 1},
      {"?flowControlKey=k", 1},
      {"?callerIp=127.0.0.1", 3},
      {"?callerIP=10.0.0.1", 0},
      {"?topicName=t", 0},
      {"?scheduleId=s", 0},
      {"?fromDate=1700000000000&toDate=1700000000000", 3},
      {"?fromDate=1700000000001", 0},
      {"?toDate=1699999999999", 0},
      {"?count=2", 2},
      {"?count=100&cursor=anything", 3},
      {"", 3},
  }));
  CAPTURE(std::get<0>(row));
  Fixture api;
  delayed(api, "https://a.example/one", {{"Upstash-Label", "x"}, {"Upstash-Queue-Name", "q"}});
  delayed(api, "https://a.example/one?q=1",
          {{"Upstash-Label", "other,x"}, {"Upstash-Flow-Control-Key", "k"}, {"Upstash-Flow-Control-Value", "rate=1"}});
  delayed(api, "http://b.example:8080/one", {{"Upstash-Label", "y"}});
  CHECK(cancelled(api, std::get<0>(row)) == count(std::get<1>(row)));
  CHECK(cancelled(api, "") == count(3 - std::get<1>(row)));
}

TEST_CASE("A body selects as a query does, and an empty list of messages means all", "[api]") {
  Fixture api;
  delayed(api, "https://a.example/", {{"Upstash-Label", "x"}});
  delayed(api, "https://a.example/", {{"Upstash-Label", "y"}});
  delayed(api, "https://a.example/");
  CHECK(cancelled(api, "", R"({"label":["y","z"],"fromDate":0,"count":5})") == count(1));
  CHECK(cancelled(api, "", R"({"label":"x"})") == count(1));
  CHECK(cancelled(api, "", R"({"messageIds":[]})") == count(1));
}

TEST_CASE("A cancellation with anything wrong in it cancels nothing", "[api]") {
  Fixture api;
  delayed(api, "https://a.example/");
  for (auto query : {"?labeel=x", "?label=", "?count=0", "?count=501", "?fromDate=x", "?label=%zz"}) {
    CAPTURE(query);
    CHECK(api.call("DELETE", "/v2/messages" + std::string(query)).status == 400);
  }
  const std::vector<std::string> bad = {"{",
                                        "[]",
                                        R"({"label":null})",
                                        R"({"messageIds":5})",
                                        R"({"messageIds":[[]]})",
                                        R"({"count":"1"})",
                                        R"({"labeel":["x"]})",
                                        std::string(100'000, '[')};
  for (const auto& body : bad) {
    CAPTURE(body.substr(0, 50));
    CHECK(api.call("DELETE", "/v2/messages", {}, body).status == 400);
  }
  CHECK(cancelled(api, "") == count(1));
}
