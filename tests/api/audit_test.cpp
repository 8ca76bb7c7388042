#include "http/api/audit.hpp"

#include "tests/api/support/api_fixture.hpp"

using namespace sluice;

using Fixture = test::ApiFixture;

namespace {

std::string text(const LogLine& line) {
  auto text = line.message;
  for (const auto& field : line.fields)
    text += " " + field.name + "=" + field.value;
  return text;
}

} // namespace

TEST_CASE("Every action of an operator leaves a line with who, from where, and how it went", "[api]") {
  Fixture api;
  auto row = GENERATE(table<std::string, std::string>({
      {"/v2/flowControl/a%0Ab/pin?rate=2&period=60&parallelism=3",
       "audit action=pin key=a\nb rate=2 period=60s parallelism=3 by=token from=127.0.0.1 status=400"},
      {"/v2/flowControl/k/pin?parallelism=3",
       "audit action=pin key=k parallelism=3 by=token from=127.0.0.1 status=200"},
      {"/v2/flowControl/k/pin?rate=2&period=60",
       "audit action=pin key=k rate=2 period=60s by=token from=127.0.0.1 status=200"},
      {"/v2/flowControl/k/unpin?rate=true",
       "audit action=unpin key=k rate=true parallelism=false by=token from=127.0.0.1 status=200"},
      {"/v2/flowControl/k/pause", "audit action=pause key=k by=token from=127.0.0.1 status=200"},
      {"/v2/flowControl/k/resume", "audit action=resume key=k by=token from=127.0.0.1 status=200"},
      {"/v2/flowControl/k/resetRate", "audit action=resetRate key=k by=token from=127.0.0.1 status=200"},
      {"/v2/flowControl/k/reset", "audit action=reset key=k by=token from=127.0.0.1 status=200"},
      {"/v2/keys/rotate", "audit action=rotate by=token from=127.0.0.1 status=200"},
  }));
  CAPTURE(std::get<0>(row));
  api.call("POST", std::get<0>(row));
  REQUIRE(api.logged.size() == 1);
  CHECK(text(api.logged[0]) == std::get<1>(row));
}

TEST_CASE("What is done to queues, messages and the DLQ leaves a line too", "[api]") {
  Fixture api;
  api.call("POST", "/v2/queues", {}, R"({"queueName":"q","parallelism":2,"paused":true})");
  api.call("POST", "/v2/queues/q/resume");
  api.call("DELETE", "/v2/queues/q");
  auto id = api.publish("https://a.example/", {{"Upstash-Delay", "1h"}});
  api.call("DELETE", "/v2/messages/" + id);
  api.call("DELETE", "/v2/messages?label=x");
  api.call("DELETE", "/v2/dlq/1-2");
  api.call("DELETE", "/v2/dlq?label=x");
  api.call("POST", "/v2/dlq/retry/1-2");
  api.call("POST", "/v2/dlq/retry?label=x");
  std::vector<std::string> lines;
  for (const auto& line : api.logged)
    lines.push_back(text(line));
  auto ending = [](const std::string& status) { return " by=token from=127.0.0.1 status=" + status; };
  CHECK(lines == std::vector<std::string>{
                     "audit action=setQueue queue=q parallelism=2 paused=true" + ending("200"),
                     "audit action=setQueue queue=q paused=false" + ending("200"),
                     "audit action=deleteQueue queue=q" + ending("200"),
                     "audit action=cancel message=" + id + ending("200"), "audit action=cancelMany" + ending("200"),
                     "audit action=deleteDlq dlq=1-2" + ending("404"), "audit action=deleteDlq" + ending("200"),
                     "audit action=retryDlq dlq=1-2" + ending("404"), "audit action=retryDlq" + ending("201")});
}

TEST_CASE("GET /v1/audit lists what operators did, newest first, page by page", "[api]") {
  Fixture api;
  api.call("POST", "/v2/flowControl/k/pin?rate=2&period=60");
  api.call("POST", "/v2/queues", {}, R"({"queueName":"q","paused":true})");
  auto id = api.publish("https://a.example/", {{"Upstash-Delay", "1h"}, {"Upstash-Label", "x"}});
  api.publish("https://a.example/", {{"Upstash-Delay", "1h"}, {"Upstash-Label", "x"}});
  api.call("DELETE", "/v2/messages/" + id);
  api.call("DELETE", "/v2/messages?label=x");
  api.call("DELETE", "/v2/queues/q");
  auto entry = [](const std::string& rest) {
    return R"({"time":1700000000000,"by":"token","from":"127.0.0.1","action":)" + rest + "}";
  };
  auto page = api.call("GET", "/v1/audit?count=3");
  CHECK(page.status == 200);
  CHECK(page.body == R"({"entries":[)" + entry(R"("deleteQueue","subject":"q")") + "," +
                         entry(R"("cancelMany","subject":"messages","detail":"cancelled=1 label=x")") + "," +
                         entry(R"("cancel","subject":")" + id + "\"") + R"(],"cursor":"3"})");
  CHECK(api.call("GET", "/v1/audit?count=3&cursor=3").body ==
        R"({"entries":[)" + entry(R"("setQueue","subject":"q","detail":"paused=true")") + "," +
            entry(R"("pin","subject":"k","detail":"rate=2 period=60s")") + "]}");
  CHECK(api.call("GET", "/v1/audit?count=0").body.find("count must be an integer from 1 to 1000, not") !=
        std::string::npos);
  CHECK(api.call("GET", "/v1/audit?cursor=x").status == 400);
  CHECK(api.call_as_stranger("GET", "/v1/audit", {{"Authorization", "Bearer look"}}).status == 200);
  CHECK(api.call_as_stranger("GET", "/v1/audit").status == 401);
}

TEST_CASE("Reading and publishing leave no audit line", "[api]") {
  Fixture api;
  api.call("GET", "/v2/flowControl");
  api.call("GET", "/v2/keys");
  api.publish("https://a.example/");
  CHECK(api.logged.empty());
}
