#include "http/api/handlers.hpp"

#include "tests/api/support/api_fixture.hpp"

using namespace sluice;

using Fixture = test::ApiFixture;

namespace {

const std::string url = "https://a.example/p?x=1";

// The clock of the fixture stands at 22:13:20.
constexpr auto tail = R"("nextScheduleTime":1700000100000})";

std::string create(Fixture& api, Fixture::Given headers, std::string body = {}) {
  auto response = api.call("POST", "/v2/schedules/" + url, std::move(headers), std::move(body));
  INFO(response.body);
  REQUIRE(response.status == 200);
  return Fixture::field(response.body, "scheduleId");
}

std::string body_of(Fixture& api, std::string_view path) { return api.call("GET", path).body; }

} // namespace

TEST_CASE("A schedule is read back as it was created, at once", "[api]") {
  Fixture api;
  auto id = create(api,
                   {{"Upstash-Cron", "*/5 * * * * "},
                    {"Content-Type", "application/json"},
                    {"Upstash-Forward-Test-Header", "v"},
                    {"Upstash-Delay", "10s"},
                    {"Upstash-Label", "l"}},
                   "{}");
  CHECK(id.starts_with("scd_"));
  auto expected = R"({"scheduleId":")" + id + R"(","cron":"*/5 * * * *","createdAt":1700000000000,"destination":")" +
                  url + R"(","method":"POST","isPaused":false,"retries":3,"callerIP":"127.0.0.1",)" +
                  R"("header":{"Content-Type":["application/json"],"Test-Header":["v"]},"body":"{}",)" +
                  R"("label":"l","labels":["l"],"delay":10,)" + tail;
  CHECK(body_of(api, "/v2/schedules/" + id) == expected);
  CHECK(body_of(api, "/v2/Schedules/" + id + "/") == expected);
  CHECK(body_of(api, "/v2/schedules") == "[" + expected + "]");
  CHECK(api.transport->sent.empty());
}

TEST_CASE("A publish with a cron expression creates a schedule", "[api]") {
  Fixture api;
  auto response = api.call("POST", "/v2/publish/" + url, {{"Upstash-Cron", "@daily"}, {"Upstash-Schedule-Id", "s"}});
  CHECK(response.status == 200);
  CHECK(response.body == R"({"scheduleId":"s"})");
  auto by_query = api.call("POST", "/v2/publish/" + url + "&upstash-cron=@daily&upstash-schedule-id=t");
  CHECK(by_query.body == R"({"scheduleId":"t"})");
  CHECK(body_of(api, "/v2/schedules/t").find(R"("destination":")" + url + '"') != std::string::npos);
  CHECK(api.transport->sent.empty());
  // Elsewhere it would be lost.
  CHECK(api.call("POST", "/v2/enqueue/q/" + url, {{"Upstash-Cron", "@daily"}}).status == 400);
}

TEST_CASE("A schedule may name a URL group, and has what the group says for those who do not", "[api]") {
  Fixture api;
  auto created = api.call("POST", "/v2/schedules/group", {{"Upstash-Cron", "@daily"}});
  CHECK(created.status == 404);
  CHECK(created.body == R"({"error":"URL Group group not found"})");
  api.call("POST", "/v2/topics/group/endpoints", {}, R"({"endpoints":[{"url":"https://a.example/"}]})");
  api.call("PATCH", "/v2/topics/group", {}, R"({"headers":{"Upstash-Retries":"7","Upstash-Label":"l"}})");
  created = api.call("POST", "/v2/schedules/group",
                     {{"Upstash-Cron", "@daily"}, {"Upstash-Schedule-Id", "s"}, {"Upstash-Label", "own"}}, "body");
  INFO(created.body);
  REQUIRE(created.status == 200);
  auto found = body_of(api, "/v2/schedules/s");
  CHECK(found.find(R"("destination":"group","method":"POST","isPaused":false,"retries":7)") != std::string::npos);
  CHECK(found.find(R"("body":"body","label":"own")") != std::string::npos);
}

TEST_CASE("A schedule tells its callbacks", "[api]") {
  Fixture api;
  create(api, {{"Upstash-Cron", "@daily"},
               {"Upstash-Schedule-Id", "s"},
               {"Upstash-Callback", "https://b.example/"},
               {"Upstash-Callback-Forward-X", "v"},
               {"Upstash-Failure-Callback", "https://c.example/"}});
  CHECK(
      body_of(api, "/v2/schedules/s")
          .find(
              R"("callback":"https://b.example/","callbackHeader":{"X":["v"]},"failureCallback":"https://c.example/")") !=
      std::string::npos);
}

TEST_CASE("Changes of schedules are logged with who made them", "[api]") {
  Fixture api;
  create(api, {{"Upstash-Cron", "@daily"}, {"Upstash-Schedule-Id", "s"}});
  api.call("PATCH", "/v2/schedules/s/pause");
  api.call("DELETE", "/v2/schedules/s");
  std::string lines;
  for (const auto& line : api.logged) {
    for (const auto& field : line.fields)
      lines += field.name + '=' + field.value + ' ';
    lines += ';';
  }
  CHECK(lines == "action=createSchedule schedule=s cron=@daily by=token from=127.0.0.1 status=200 ;"
                 "action=pauseSchedule schedule=s by=token from=127.0.0.1 status=200 ;"
                 "action=deleteSchedule schedule=s by=token from=127.0.0.1 status=200 ;");
}

TEST_CASE("A schedule with the same id replaces every setting", "[api]") {
  Fixture api;
  create(api, {{"Upstash-Cron", "@daily"}, {"Upstash-Schedule-Id", "s"}, {"Upstash-Label", "l"}}, "body");
  api.call("POST", "/v2/schedules/s/pause");
  create(api, {{"Upstash-Cron", "*/5 * * * *"}, {"Upstash-Schedule-Id", "s"}});
  CHECK(body_of(api, "/v2/schedules/s") ==
        R"({"scheduleId":"s","cron":"*/5 * * * *","createdAt":1700000000000,"destination":")" + url +
            R"(","method":"POST","isPaused":false,"retries":3,"callerIP":"127.0.0.1",)" + tail);
}

TEST_CASE("A schedule is paused and resumed by PATCH and by POST, again and again", "[api]") {
  Fixture api;
  create(api, {{"Upstash-Cron", "@daily"}, {"Upstash-Schedule-Id", "s"}});
  auto paused = [&] { return body_of(api, "/v2/schedules/s").find(R"("isPaused":true)") != std::string::npos; };
  for (auto method : {"PATCH", "POST", "POST"}) {
    auto response = api.call(method, "/v2/schedules/s/pause");
    CHECK(response.status == 200);
    CHECK(response.body == "");
    CHECK(paused());
  }
  for (auto method : {"PATCH", "POST", "PATCH"}) {
    CHECK(api.call(method, "/v2/schedules/s/resume").status == 200);
    CHECK_FALSE(paused());
  }
}

TEST_CASE("A schedule that is not there is 404, but for a deletion", "[api]") {
  Fixture api;
  const std::vector<std::string> unknown = {"nobody", "a%20b", "%zz", "https://a.example/", std::string(300, 's')};
  for (const auto& id : unknown) {
    CAPTURE(id);
    auto missing = api.call("GET", "/v2/schedules/" + id);
    CHECK(missing.status == 404);
    CHECK(missing.body == R"({"error":"schedule not found"})");
    CHECK(api.call("DELETE", "/v2/schedules/" + id).status == 200);
  }
  CHECK(api.call("PATCH", "/v2/schedules/nobody/pause").status == 404);
  CHECK(api.call("POST", "/v2/schedules/nobody/resume").status == 404);
  create(api, {{"Upstash-Cron", "@daily"}, {"Upstash-Schedule-Id", "s"}});
  auto deleted = api.call("DELETE", "/v2/schedules/s");
  CHECK(deleted.status == 200);
  CHECK(deleted.body == "");
  CHECK(body_of(api, "/v2/schedules") == "[]");
}

TEST_CASE("A schedule that is refused names what is wrong and leaves nothing behind", "[api]") {
  Fixture api;
  struct Row {
    std::string target;
    Fixture::Given headers;
    int status;
    std::string_view text;
  };
  const std::vector<Row> rows = {
      {url, {}, 400, "Invalid cron expression empty spec string"},
      {url, {{"Upstash-Cron", " "}}, 400, "Invalid cron expression empty spec string"},
      {url, {{"Upstash-Cron", "60 * * * *"}}, 400, "minute must be 0-59"},
      {url, {{"Upstash-Cron", "0 0 31 2 *"}}, 400, "no year has such a date"},
      {url, {{"Upstash-Cron", "CRON_TZ=Mars/Base * * * * *"}}, 400, "Mars/Base"},
      {url, {{"Upstash-Cron", "CRON_TZ=../../etc/passwd * * * * *"}}, 400, "is not known"},
      {url, {{"Upstash-Cron", "@daily"}, {"Upstash-Schedule-Id", "a b"}}, 400, "a schedule's id"},
      {url, {{"Upstash-Cron", "@daily"}, {"Upstash-Not-Before", "1700000000"}}, 400, "Upstash-Not-Before"},
      {url, {{"Upstash-Cron", "@daily"}, {"Upstash-Retries", "101"}}, 400, "Upstash-Retries"},
      {url, {{"Upstash-Cron", "@daily"}, {"Upstash-Delay", "366d"}}, 400, "Upstash-Delay"},
      {url, {{"Upstash-Cron", "@daily"}, {"Upstash-Callback", "b"}}, 400, "Upstash-Callback"},
      {"example.com", {{"Upstash-Cron", "@daily"}}, 400, "add http:// or https://"},
      {"no-such-group", {{"Upstash-Cron", "@daily"}}, 404, "URL Group no-such-group not found"},
      {"", {{"Upstash-Cron", "@daily"}}, 400, "a destination is required"},
      {"https://", {{"Upstash-Cron", "@daily"}}, 400, "destination"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.target, row.text);
    auto response = api.call("POST", "/v2/schedules/" + row.target, row.headers);
    CAPTURE(response.body);
    CHECK(response.status == row.status);
    CHECK(response.body.find(row.text) != std::string::npos);
  }
  CHECK(body_of(api, "/v2/schedules") == "[]");
}

TEST_CASE("There are not more schedules than allowed, but those there are may change", "[api]") {
  Fixture api;
  auto number = [](std::size_t i) { return "s" + std::to_string(i); };
  auto limit = SchedulerOptions{}.max_schedules;
  for (std::size_t i = 0; i < limit; ++i)
    create(api, {{"Upstash-Cron", "@daily"}, {"Upstash-Schedule-Id", number(i)}});
  auto refused = api.call("POST", "/v2/schedules/" + url, {{"Upstash-Cron", "@daily"}});
  CHECK(refused.status == 412);
  CHECK(refused.body == R"({"error":"there may be no more than 1000 schedules"})");
  create(api, {{"Upstash-Cron", "@hourly"}, {"Upstash-Schedule-Id", number(7)}});
}

TEST_CASE("Schedules are listed by page if wished", "[api]") {
  Fixture api;
  for (auto id : {"b", "c", "a"})
    create(api, {{"Upstash-Cron", "@daily"}, {"Upstash-Schedule-Id", id}});
  auto page = body_of(api, "/v2/schedules?after=a&limit=1");
  CHECK(page.find(R"("scheduleId":"b")") != std::string::npos);
  CHECK(page.find(R"("scheduleId":"c")") == std::string::npos);
  CHECK(api.call("GET", "/v2/schedules?limit=0").status == 400);
}

TEST_CASE("A token that may only read cannot change schedules", "[api]") {
  Fixture api;
  create(api, {{"Upstash-Cron", "@daily"}, {"Upstash-Schedule-Id", "s"}});
  const Fixture::Given reader{{"Authorization", "Bearer look"}};
  CHECK(api.call_as_stranger("GET", "/v2/schedules/s", reader).status == 200);
  CHECK(api.call_as_stranger("DELETE", "/v2/schedules/s", reader).status == 403);
  CHECK(api.call_as_stranger("PATCH", "/v2/schedules/s/pause", reader).status == 403);
  CHECK(api.call_as_stranger("GET", "/v2/schedules", {}).status == 401);
}
