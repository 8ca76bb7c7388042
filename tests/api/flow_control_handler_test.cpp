#include "http/api/handlers.hpp"

#include "tests/api/support/api_fixture.hpp"

using namespace sluice;

using Fixture = test::ApiFixture;

namespace {

// A key as it is told, with rate and parallelism given.
std::string key_json(std::string_view key, std::string_view rest) {
  return R"({"flowControlKey":")" + std::string(key) + R"(",)" + std::string(rest) + "}";
}

void publish_with_key(Fixture& api, std::string_view key, std::string_view value) {
  api.publish("https://a.example/", {{"Upstash-Flow-Control-Key", key}, {"Upstash-Flow-Control-Value", value}});
}

} // namespace

TEST_CASE("A key exists as soon as a message that names it is answered", "[api]") {
  Fixture api;
  api.transport->holds = true;
  publish_with_key(api, "k/1 2", "rate=5, parallelism=1, period=1m");
  publish_with_key(api, "k/1 2", "rate=5, parallelism=1, period=1m");
  CHECK(api.call("GET", "/v2/flowControl/k/1%202").body ==
        key_json("k/1 2", R"("waitListSize":1,"parallelismMax":1,"parallelismCount":1,"rateMax":5,"rateCount":1,)"
                          R"("ratePeriod":60,"ratePeriodStart":1700000000,"isPaused":false,)"
                          R"("isPinnedParallelism":false,"isPinnedRate":false)"));
  CHECK(api.call("GET", "/v2/globalParallelism").body == R"({"parallelismMax":512,"parallelismCount":1})");
}

TEST_CASE("Pin sets limits that messages cannot change, until unpin", "[api]") {
  Fixture api;
  auto pinned = api.call("POST", "/v2/flowControl/k/pin?parallelism=3&rate=20&period=120");
  CHECK(pinned.status == 200);
  CHECK(pinned.body == "");
  auto fixed = R"("parallelismMax":3,"parallelismCount":0,"rateMax":20,"rateCount":0,"ratePeriod":120,)"
               R"("ratePeriodStart":1700000000,"isPaused":false,"isPinnedParallelism":)";
  auto json = api.call("GET", "/v2/flowControl/k").body;
  CHECK(json == key_json("k", R"("waitListSize":0,)" + std::string(fixed) + R"(true,"isPinnedRate":true)"));
  CHECK(api.call("POST", "/v2/flowControl/k/unpin?parallelism=true").status == 200);
  json = api.call("GET", "/v2/flowControl/k").body;
  CHECK(json == key_json("k", R"("waitListSize":0,)" + std::string(fixed) + R"(false,"isPinnedRate":true)"));
}

TEST_CASE("A paused key keeps its messages until it is resumed", "[api]") {
  Fixture api;
  CHECK(api.call("POST", "/v2/flowControl/k/pause").status == 200);
  publish_with_key(api, "k", "rate=10");
  auto paused = api.call("GET", "/v2/flowControl/k").body;
  CHECK(paused.find(R"("waitListSize":1)") != std::string::npos);
  CHECK(paused.find(R"("isPaused":true)") != std::string::npos);
  CHECK(api.transport->sent.empty());
  CHECK(api.call("POST", "/v2/flowControl/k/RESUME").status == 200);
  api.call_until(R"("waitListSize":0)", "GET", "/v2/flowControl/k");
  CHECK(api.transport->sent.size() == 1);
}

TEST_CASE("resetRate and reset clear the count of the period", "[api]") {
  Fixture api;
  for (auto verb : {"resetRate", "reset"}) {
    publish_with_key(api, "k", "rate=10, period=1h");
    api.call_until(R"("rateCount":1)", "GET", "/v2/flowControl/k");
    CHECK(api.call("POST", "/v2/flowControl/k/" + std::string(verb)).status == 200);
    auto json = api.call("GET", "/v2/flowControl/k").body;
    CHECK(json.find(R"("rateCount":0)") != std::string::npos);
    CHECK(json.find(R"("ratePeriodStart":1700000000)") != std::string::npos);
  }
}

TEST_CASE("Verbs on an unknown key succeed, reading one does not", "[api]") {
  Fixture api;
  for (auto verb : {"resume", "unpin?rate=true", "resetRate", "reset"})
    CHECK(api.call("POST", "/v2/flowControl/unknown/" + std::string(verb)).status == 200);
  auto missing = api.call("GET", "/v2/flowControl/unknown");
  CHECK(missing.status == 404);
  CHECK(missing.body == R"({"error":"flow control key not found"})");
}

TEST_CASE("A verb without a key, or with one that cannot be, is 400", "[api]") {
  Fixture api;
  for (auto path : {"/v2/flowControl/pin?rate=1", "/v2/flowControl//pin?rate=1", "/v2/flowControl/resetRate"})
    CHECK(api.call("POST", path).body == R"({"error":"flow control key is required"})");
  for (auto key :
       {std::string("$"), std::string("a%00b"), std::string("a%0Ab"), std::string("%"), std::string(257, 'k')}) {
    CAPTURE(key);
    CHECK(api.call("POST", "/v2/flowControl/" + key + "/pause").status == 400);
  }
  CHECK(api.call("GET", "/v2/flowControl").body == "[]");
}

TEST_CASE("A pin that is refused changes nothing", "[api]") {
  Fixture api;
  api.call("POST", "/v2/flowControl/k/pin?rate=5");
  auto before = api.call("GET", "/v2/flowControl/k").body;
  for (auto query : {"", "?rate=0", "?parallelism=2&period=0", "?parallelism=2&rates=1"}) {
    CAPTURE(query);
    CHECK(api.call("POST", "/v2/flowControl/k/pin" + std::string(query)).status == 400);
  }
  CHECK(api.call("GET", "/v2/flowControl/k").body == before);
  CHECK(api.call("POST", "/v2/flowControl/other/pin?period=60").status == 400);
}

TEST_CASE("A key whose name holds verbs is addressed by the last of them", "[api]") {
  Fixture api;
  CHECK(api.call("POST", "/v2/flowControl/a/pause/pause").status == 200);
  CHECK(api.call("GET", "/v2/flowControl/a%2Fpause").body.find(R"("flowControlKey":"a/pause")") != std::string::npos);
  CHECK(api.call("GET", "/v2/flowControl/a").status == 404);
}

TEST_CASE("The list of keys is sorted, searched and paged", "[api]") {
  Fixture api;
  for (auto key : {"b1", "a1", "c1", "c2"})
    api.call("POST", "/v2/flowControl/" + std::string(key) + "/pause");
  auto names = [&](std::string_view query) {
    std::string joined;
    auto json = api.call("GET", "/v2/flowControl/" + std::string(query)).body;
    CHECK(json.front() == '[');
    for (std::size_t at = 0; (at = json.find("\"flowControlKey\"", at)) != std::string::npos; ++at)
      joined += Fixture::field(std::string_view(json).substr(at), "flowControlKey") + " ";
    return joined;
  };
  CHECK(names("") == "a1 b1 c1 c2 ");
  CHECK(names("?search=c") == "c1 c2 ");
  CHECK(names("?search=C") == "");
  CHECK(names("?limit=2&after=a1&unknown=x") == "b1 c1 ");
  CHECK(api.call("GET", "/v2/flowControl?limit=0").status == 400);
  CHECK(api.call("GET", "/v2/flowControl?limit=10001").status == 400);
}
