#include "http/api/handlers.hpp"

#include "tests/api/support/api_fixture.hpp"

using namespace sluice;

using Fixture = test::ApiFixture;

namespace {

constexpr auto ten = R"({"kind":"token bucket","rate":10,"period":3600000})";

int put(Fixture& api, const std::string& name, std::string body = ten) {
  return api.call("PUT", "/v1/ratelimit/" + name, {}, std::move(body)).status;
}

http::ApiResponse post(Fixture& api, const std::string& path, std::string body = {}) {
  return api.call("POST", "/v1/ratelimit/" + path, {}, std::move(body));
}

bool has(const http::ApiResponse& response, std::string_view text) {
  return response.body.find(text) != std::string::npos;
}

} // namespace

TEST_CASE("A definition is read back as it was put, listed, and deleted", "[api][limits]") {
  Fixture api;
  CHECK(put(api, "b%2F1",
            R"({"kind":"fixed window","rate":2.5,"period":60000,"capacity":9,"maxReserved":3,"shards":2,)"
            R"("start":1700000000000,"durability":"memory"})") == 200);
  CHECK(put(api, "a", R"({"kind":"gcra","rate":1,"period":1000,"capacity":null})") == 200);
  const std::string a = R"({"name":"a","kind":"gcra","rate":1,"period":1000,"durability":"stored"})";
  const std::string b = R"({"name":"b/1","kind":"fixed window","rate":2.5,"period":60000,"capacity":9,"maxReserved":3,)"
                        R"("shards":2,"start":1700000000000,"durability":"memory"})";
  CHECK(api.call("GET", "/v1/ratelimit/b%2F1").body == b);
  CHECK(api.call("GET", "/v1/RateLimit").body == "[" + a + "," + b + "]");
  CHECK(api.call("DELETE", "/v1/ratelimit/a").status == 200);
  for (auto method : {"GET", "DELETE"})
    CHECK(api.call(method, "/v1/ratelimit/a").status == 404);
  CHECK(post(api, "a/limit").status == 404);
}

TEST_CASE("Limit takes, check does not, and both tell what is left", "[api][limits]") {
  Fixture api;
  put(api, "calls");
  CHECK(post(api, "calls/limit", R"({"key":"a","count":4})").body ==
        R"({"ok":true,"limit":10,"remaining":6,"resetAfter":1440000,"resetAt":1700001440000})");
  CHECK(post(api, "calls/check", R"({"key":"a","count":7})").body ==
        R"({"ok":false,"retryAfter":360000,"retryAt":1700000360000,"limit":10,"remaining":6,"resetAfter":1440000,)"
        R"("resetAt":1700001440000})");
  CHECK(has(post(api, "calls/limit", R"({"key":"a","count":6})"), R"("remaining":0)"));
  CHECK(has(post(api, "calls/limit"), R"("remaining":9)"));
  CHECK(has(post(api, "calls/limit", R"({"key":""})"), R"("remaining":9)"));
  CHECK(has(post(api, "calls/limit", R"({"key":"a","dryRun":true})"), R"("wouldRefuse":true)"));
}

TEST_CASE("A refusal is 429 with headers if the caller asks for that", "[api][limits]") {
  Fixture api;
  put(api, "calls", R"({"kind":"token bucket","rate":10,"period":3600500})");
  auto granted = post(api, "calls/limit?status=429", R"({"count":9.5})");
  CHECK(granted.status == 200);
  CHECK(test::header(granted, "RateLimit") == R"("calls";r=0;t=3421)");
  CHECK(test::header(granted, "RateLimit-Policy") == R"("calls";q=10;w=3601)");
  CHECK(test::header(granted, "Retry-After").empty());
  auto refused = post(api, "calls/limit?status=429");
  CHECK(refused.status == 429);
  CHECK(has(refused, R"("ok":false)"));
  CHECK(test::header(refused, "Retry-After") == "181");
  CHECK_FALSE(test::header(refused, "RateLimit").empty());
  auto plain = post(api, "calls/limit");
  CHECK(plain.status == 200);
  CHECK(plain.headers.empty());
  CHECK(post(api, "calls/check?status=429").status == 429);
  CHECK(post(api, "calls/limit?status=418").status == 400);
  CHECK(post(api, "calls/limit?state=429").status == 400);
}

TEST_CASE("The headers tell any two names apart", "[api][limits]") {
  Fixture api;
  auto row = GENERATE(table<std::string, std::string>({
      {"a%20b~", R"("a b~")"},
      {"a%22b", R"("a\"b")"},
      {"a%5Cb", R"("a\\b")"},
      {"%C3%A9", R"("%C3%A9")"},
      {"%25C3%25A9", R"("%25C3%25A9")"},
      {std::string(256, 'n'), '"' + std::string(256, 'n') + '"'},
  }));
  const auto& [name, shown] = row;
  put(api, name);
  const auto granted = post(api, name + "/limit?status=429");
  CHECK(test::header(granted, "RateLimit") == shown + ";r=9;t=360");
  CHECK(test::header(granted, "RateLimit-Policy") == shown + ";q=10;w=3600");
}

TEST_CASE("A call that throws takes nothing when there is something to wait for", "[api][limits]") {
  Fixture api;
  put(api, "calls");
  auto thrown = post(api, "calls/limit", R"({"count":12,"reserve":true,"throws":true})");
  CHECK(thrown.status == 429);
  CHECK(thrown.body == R"({"error":"rate limit calls exceeded","kind":"RateLimited","name":"calls",)"
                       R"("retryAfter":720000,"retryAt":1700000720000})");
  CHECK(test::header(thrown, "Retry-After") == "720");
  auto reserved = post(api, "calls/limit", R"({"count":12,"reserve":true})");
  CHECK(reserved.status == 200);
  CHECK(has(reserved, R"({"ok":true,"retryAfter":720000)"));
}

TEST_CASE("Several keys are taken together or not at all", "[api][limits]") {
  Fixture api;
  put(api, "user");
  put(api, "org", R"({"kind":"token bucket","rate":3,"period":3600000})");
  const std::string body = R"({"keys":["a","b",{"name":"org","key":"x","count":2}],"count":4})";
  auto granted = post(api, "user/limit", body);
  CHECK(granted.status == 200);
  CHECK(has(granted, R"({"ok":true,"verdicts":[{"name":"user","key":"a","ok":true,"limit":10,"remaining":6)"));
  auto refused = post(api, "user/limit?status=429", body);
  CHECK(refused.status == 429);
  CHECK(has(refused, R"({"ok":false,"retryAfter":1200000,"retryAt":1700001200000,"binding":{"name":"org","key":"x"})"));
  CHECK(test::header(refused, "RateLimit-Policy") == R"("org";q=3;w=3600)");
  CHECK(has(post(api, "user/check", R"({"key":"b"})"), R"("remaining":5)"));
  CHECK(post(api, "user/check", R"({"keys":["b","b"],"count":3})").body.find(R"({"ok":true)") == 0);
  CHECK(has(post(api, "user/check", R"({"key":"b"})"), R"("remaining":5)"));
}

TEST_CASE("Several keys that are granted show the one that is nearest to its limit", "[api][limits]") {
  Fixture api;
  put(api, "user");
  put(api, "org", R"({"kind":"token bucket","rate":3,"period":3600000})");
  auto headers_of = [&](const std::string& path, const std::string& keys) {
    auto response = post(api, path, R"({"keys":)" + keys + "}");
    CHECK(response.status == 200);
    return test::header(response, "RateLimit") + " " + test::header(response, "RateLimit-Policy");
  };
  const std::string near = R"("org";r=1;t=2400 "org";q=3;w=3600)";
  CHECK(headers_of("user/check?status=429", R"(["a",{"name":"org","count":2},"b"])") == near);
  CHECK(headers_of("user/limit?status=429", R"([{"name":"org","count":2},{"key":"a","count":9}])") == near);
  CHECK(headers_of("user/check?status=429", R"([{"key":"a","count":1},{"name":"org","count":1}])") ==
        R"("user";r=0;t=3600 "user";q=10;w=3600)");
  CHECK(headers_of("user/check?status=429", R"([{"name":"org","count":1},{"key":"b","count":12,"reserve":true}])") ==
        R"("user";r=0;t=4320 "user";q=10;w=3600)");
  CHECK(headers_of("user/check?status=200", R"(["b"])") == " ");
}

TEST_CASE("A configuration may come with the call", "[api][limits]") {
  Fixture api;
  const std::string body = R"({"key":"a","config":{"kind":"token bucket","rate":2,"period":1000}})";
  CHECK(has(post(api, "unnamed/limit", body), R"("remaining":1)"));
  CHECK(has(post(api, "unnamed/limit", body), R"("remaining":0)"));
  CHECK(has(post(api, "unnamed/limit", body), R"("ok":false)"));
  CHECK(api.call("GET", "/v1/ratelimit/unnamed").status == 404);
}

TEST_CASE("A reset gives one bucket a fresh start and leaves an audit line", "[api][limits]") {
  Fixture api;
  put(api, "calls");
  for (auto body : {R"({"key":"a"})", R"({"key":"b"})", ""})
    post(api, "calls/limit", body);
  api.logged.clear();
  CHECK(post(api, "calls/reset", R"({"key":"a"})").status == 200);
  REQUIRE(api.logged.size() == 1);
  std::string line = api.logged[0].message;
  for (const auto& field : api.logged[0].fields)
    line += " " + field.name + "=" + field.value;
  CHECK(line == "audit action=resetLimit key=calls bucket=a by=token from=127.0.0.1 status=200");
  CHECK(has(post(api, "calls/check", R"({"key":"a","count":10})"), R"("ok":true)"));
  CHECK(has(post(api, "calls/check", R"({"key":"b","count":10})"), R"("ok":false)"));
  CHECK(has(post(api, "calls/check", R"({"count":10})"), R"("ok":false)"));
  CHECK(post(api, "calls/reset").status == 200);
  CHECK(has(post(api, "calls/check", R"({"count":10})"), R"("ok":true)"));
  CHECK(post(api, "unknown/reset").status == 200);
}

TEST_CASE("The value of a bucket is shown as stored, with what it means now", "[api][limits]") {
  Fixture api;
  put(api, "calls");
  post(api, "calls/limit", R"({"key":"a b","count":4})");
  CHECK(api.call("GET", "/v1/ratelimit/calls/value?key=a+b&count=7").body ==
        R"({"value":6,"ts":1700000000000,"shard":0,"config":{"kind":"token bucket","rate":10,"period":3600000,)"
        R"("capacity":10,"shards":1},"now":1700000000000,"limit":10,"remaining":6,"resetAfter":1440000,)"
        R"("resetAt":1700001440000,"retryAfter":360000,"retryAt":1700000360000})");
  CHECK(has(api.call("GET", "/v1/ratelimit/calls/value"), R"({"value":10,"ts":0)"));
  CHECK(api.call("GET", "/v1/ratelimit/unknown/value").status == 404);
  CHECK(api.call("GET", "/v1/ratelimit/calls/value?kee=a").status == 400);
  CHECK(api.call("GET", "/v1/ratelimit/calls/value?sampleShards=0").status == 400);
}

TEST_CASE("A parameter that an endpoint does not know, or that comes twice, is 400 and does nothing", "[api][limits]") {
  Fixture api;
  put(api, "calls");
  post(api, "calls/limit", R"({"count":4})");
  const auto limits = std::string("/v1/ratelimit");
  auto row = GENERATE(table<std::string, std::string, std::string, std::string>({
      {"GET", "?limit=1", "", R"({"error":"unknown parameter limit; none is accepted","field":"limit"})"},
      {"PUT", "/calls?rate=5", ten, R"({"error":"unknown parameter rate; none is accepted","field":"rate"})"},
      {"GET", "/calls?key=k", "", R"({"error":"unknown parameter key; none is accepted","field":"key"})"},
      {"DELETE", "/calls?key=k", "", R"({"error":"unknown parameter key; none is accepted","field":"key"})"},
      {"POST", "/calls/reset?key=k", "", R"({"error":"unknown parameter key; none is accepted","field":"key"})"},
      {"POST", "/calls/credit?count=4", "", R"({"error":"unknown parameter count; none is accepted","field":"count"})"},
      {"POST", "/calls/commit?used=1", R"({"reservation":"1","used":1})",
       R"({"error":"unknown parameter used; none is accepted","field":"used"})"},
      {"POST", "/calls/cancel?reservation=1", R"({"reservation":"1"})",
       R"({"error":"unknown parameter reservation; none is accepted","field":"reservation"})"},
      {"POST", "/calls/limit?key=k", "", R"({"error":"unknown parameter key; accepted are status","field":"key"})"},
      {"POST", "/calls/check?key=k", "", R"({"error":"unknown parameter key; accepted are status","field":"key"})"},
      {"POST", "/calls/acquire?wait=1", "",
       R"({"error":"unknown parameter wait; accepted are status","field":"wait"})"},
      {"POST", "/calls/reserve?hold=1", "",
       R"({"error":"unknown parameter hold; accepted are status","field":"hold"})"},
      {"GET", "/calls/value?kee=k", "",
       R"({"error":"unknown parameter kee; accepted are key, count, sampleShards","field":"kee"})"},
      {"GET", "/calls/value?key=a&key=b", "", R"({"error":"key is given more than once","field":"key"})"},
      {"GET", "/calls/value?count=1&key=&c%6funt=1", "",
       R"({"error":"count is given more than once","field":"count"})"},
      {"POST", "/calls/limit?status=429&status=200", "",
       R"({"error":"status is given more than once","field":"status"})"},
      {"POST", "/calls/reset?%zz", "",
       R"({"error":"the parameter \"%zz\" has a % that two hexadecimal digits do not follow: \"\"","field":"query"})"},
  }));
  const auto& [method, path, body, error] = row;
  CAPTURE(method, path);
  const auto response = api.call(method, limits + path, {}, body);
  CHECK(response.status == 400);
  CHECK(response.body == error);
  CHECK(has(api.call("GET", limits + "/calls/value"), R"("remaining":6)"));
}

TEST_CASE("Parameters that concern every request are known to each endpoint", "[api][limits]") {
  Fixture api;
  CHECK(api.call("PUT", "/v1/ratelimit/calls?qstash_token=secret", {}, ten).status == 200);
  CHECK(post(api, "calls/reset?Upstash-Telemetry-Sdk=a&&").status == 200);
}

TEST_CASE("The time is that of the instants in verdicts", "[api][limits]") {
  Fixture api;
  CHECK(api.call("GET", "/v1/time").body == R"({"now":1700000000000})");
  CHECK(api.call("POST", "/v1/time").status == 405);
  CHECK(api.call_as_stranger("GET", "/v1/time").status == 401);
}

TEST_CASE("A limit that never comes back says so with null", "[api][limits]") {
  Fixture api;
  put(api, "once", R"({"kind":"token bucket","rate":0,"period":1000,"capacity":1})");
  post(api, "once/limit");
  auto refused = post(api, "once/limit?status=429");
  CHECK(refused.status == 429);
  CHECK(has(refused, R"("retryAfter":null,"retryAt":null)"));
  CHECK(test::header(refused, "Retry-After").empty());
}

TEST_CASE("A read-only token may look and check, and nothing else", "[api][limits]") {
  Fixture api;
  put(api, "calls");
  const Fixture::Given token{{"Authorization", "Bearer look"}};
  auto status = [&](std::string_view method, std::string_view path, std::string body = {}) {
    return api.call_as_stranger(method, path, token, std::move(body)).status;
  };
  CHECK(status("GET", "/v1/ratelimit") == 200);
  CHECK(status("GET", "/v1/ratelimit/calls/value") == 200);
  CHECK(status("POST", "/v1/ratelimit/calls/check", "{}") == 200);
  CHECK(status("POST", "/v1/ratelimit/calls/limit") == 403);
  CHECK(status("POST", "/v1/ratelimit/calls/reset") == 403);
  CHECK(status("PUT", "/v1/ratelimit/calls", ten) == 403);
  CHECK(status("DELETE", "/v1/ratelimit/calls") == 403);
  CHECK(api.call_as_stranger("GET", "/v1/ratelimit").status == 401);
}

TEST_CASE("What a limit cannot be is 400, and the error names field, value and what is accepted", "[api][limits]") {
  Fixture api;
  auto row = GENERATE(table<std::string, std::string>({
      {R"({"rate":1,"period":1})", R"({"error":"\"kind\" is required","field":"kind"})"},
      {R"({"kind":"bucket","rate":1,"period":1})",
       R"({"error":"\"kind\" must be one of \"token bucket\", \"fixed window\", \"gcra\", \"sliding window\", not \"bucket\"","field":"kind"})"},
      {R"({"kind":"gcra","rate":-1,"period":1})",
       R"({"error":"\"rate\" must be a number of at least 0, not -1","field":"rate"})"},
      {R"({"kind":"gcra","rate":1,"period":0})",
       R"({"error":"\"period\" must be a number above 0, not 0","field":"period"})"},
      {R"({"kind":"gcra","rate":1,"period":"1m"})",
       R"({"error":"\"period\" must be a number above 0, not \"1m\"","field":"period"})"},
      {R"({"kind":"gcra","rate":1,"period":1,"shards":[]})",
       R"({"error":"\"shards\" must be a number of at least 1, not array","field":"shards"})"},
      {R"({"kind":"gcra","rate":1,"period":1,"durability":"disk"})",
       R"({"error":"\"durability\" must be one of \"stored\", \"memory\", not \"disk\"","field":"durability"})"},
      {R"({"kind":"gcra","rate":1,"period":1,"rte":1})",
       R"({"error":"unknown field \"rte\"; accepted are kind, rate, period, capacity, maxReserved, shards, start, durability","field":"rte"})"},
      {R"({"kind":"gcra","rate":1,"period":1e999})",
       R"({"error":"\"period\" must be a number from -1.7976931348623157e308 to 1.7976931348623157e308, not \"1e999\"","field":"period"})"},
      {R"({"kind":"gcra","rate":1,"rate":2,"period":1})",
       R"({"error":"the body has \"rate\" more than once","field":"rate"})"},
      {R"({"kind":"gcra","rate":1,"period":1,"start":1})",
       R"({"error":"start must be left out unless the kind is a window, not 1.","field":"start"})"},
      {"[]", R"({"error":"the body must be a JSON object","field":"body"})"},
      {"", R"({"error":"the body is not valid JSON","field":"body"})"},
  }));
  auto response = api.call("PUT", "/v1/ratelimit/a", {}, std::get<0>(row));
  CHECK(response.status == 400);
  CHECK(response.body == std::get<1>(row));
}

TEST_CASE("What cannot be asked of a limit is 400 and takes nothing", "[api][limits]") {
  Fixture api;
  put(api, "calls");
  for (auto body : {R"({"key":1})", R"({"count":"1"})", R"({"count":11})", R"({"reserve":1})", R"({"kez":"a"})",
                    R"({"keys":[]})", R"({"keys":[1]})", R"({"keys":[{"nme":"a"}]})", R"({"keys":["a"],"key":"b"})",
                    R"({"keys":["a"],"throws":true})", R"({"config":1})", R"({"config":{"kind":"gcra"}})", "[]", "x"}) {
    CAPTURE(body);
    for (auto verb : {"limit", "check"}) {
      auto response = post(api, std::string("calls/") + verb, body);
      CHECK(response.status == 400);
      CHECK(has(response, R"("field":")"));
    }
  }
  CHECK(post(api, "calls/reset", R"({"keys":["a"]})").status == 400);
  CHECK(post(api, "calls/limit", R"({"key":")" + std::string(1025, 'k') + R"("})").status == 400);
  CHECK(post(api, std::string(257, 'n') + "/limit").status == 400);
  CHECK(post(api, "a%zz/limit").status == 400);
  CHECK(has(post(api, "a%zz/limit"), R"(do not follow: \"a%zz\"","field":"name"})"));
  CHECK(post(api, "a%00/limit").status == 400);
  CHECK(has(post(api, "calls/check", R"({"count":0})"), R"("remaining":10)"));
}

TEST_CASE("An error in keys names the item, counted from 0, and the field in it", "[api][limits]") {
  Fixture api;
  put(api, "calls");
  auto row = GENERATE(table<std::string, std::string>({
      {R"(["a",{"count":"2"}])",
       R"({"error":"\"keys[1].count\" must be a number, not \"2\"","field":"keys[1].count"})"},
      {R"([{"name":1}])", R"({"error":"\"keys[0].name\" must be a string, not 1","field":"keys[0].name"})"},
      {R"(["a","b",{"nme":"a"}])",
       R"({"error":"unknown field \"keys[2].nme\"; accepted are name, key, count, reserve, config","field":"keys[2].nme"})"},
      {R"(["a",7])", R"({"error":"\"keys[1]\" must be a string or an object, not 7","field":"keys[1]"})"},
      {R"([null])", R"({"error":"\"keys[0]\" must be a string or an object, not null","field":"keys[0]"})"},
      {R"(["a",{"config":[]}])",
       R"({"error":"\"keys[1].config\" must be an object, not array","field":"keys[1].config"})"},
      {R"(["a",{"config":{"kind":"gcra","rate":-1,"period":1}}])",
       R"({"error":"\"keys[1].config.rate\" must be a number of at least 0, not -1","field":"keys[1].config.rate"})"},
      {R"(["a",{"config":{"kind":"gcra","rate":1}}])",
       R"({"error":"\"keys[1].config.period\" is required","field":"keys[1].config.period"})"},
      {R"(["a",{"count":1,"count":2}])",
       R"({"error":"the body has \"keys[1].count\" more than once","field":"keys[1].count"})"},
      {R"(["a",{"count":-1e400}])",
       R"({"error":"\"keys[1].count\" must be a number from -1.7976931348623157e308 to 1.7976931348623157e308, not \"-1e400\"","field":"keys[1].count"})"},
      {R"("a")", R"({"error":"\"keys\" must be a list that is not empty, not \"a\"","field":"keys"})"},
      {R"([])", R"({"error":"\"keys\" must be a list that is not empty","field":"keys"})"},
      {R"({"a":1})", R"({"error":"\"keys\" must be a list that is not empty, not object","field":"keys"})"},
  }));
  const auto& [keys, error] = row;
  for (auto verb : {"limit", "check"}) {
    auto response = post(api, std::string("calls/") + verb, R"({"count":1,"keys":)" + keys + "}");
    CHECK(response.status == 400);
    CHECK(response.body == error);
  }
}

TEST_CASE("A configuration of a call is told by its path", "[api][limits]") {
  Fixture api;
  for (auto verb : {"limit", "reserve", "credit"})
    CHECK(post(api, std::string("calls/") + verb, R"({"config":{"kind":"gcra","rate":"1"}})").body ==
          R"({"error":"\"config.rate\" must be a number of at least 0, not \"1\"","field":"config.rate"})");
}

TEST_CASE("A reservation is committed or cancelled once", "[api][limits]") {
  Fixture api;
  put(api, "calls");
  auto reserved = post(api, "calls/reserve", R"({"key":"a","count":12,"hold":60000})");
  CHECK(reserved.status == 200);
  CHECK(has(reserved, R"({"ok":true,"retryAfter":720000,"retryAt":1700000720000,"limit":10,"remaining":0,)"));
  CHECK(has(reserved, R"("runAt":1700000720000,"expiresAt":1700000780000})"));
  const auto id = Fixture::field(reserved.body, "reservation");
  const auto ended = [&](const std::string& path, const std::string& used) {
    return post(api, path, R"({"reservation":")" + id + "\"" + used + "}").body;
  };
  CHECK(ended("other/commit", R"(,"used":2)") == R"({"settled":false})");
  CHECK(ended("calls/commit", R"(,"used":2)") == R"({"settled":true})");
  CHECK(ended("calls/commit", R"(,"used":2)") == R"({"settled":false})");
  CHECK(ended("calls/cancel", "") == R"({"settled":false})");
  CHECK(has(post(api, "calls/check", R"({"key":"a"})"), R"("remaining":7)"));
}

TEST_CASE("A reservation that is refused has no handle, and is 429 if the caller asks for that", "[api][limits]") {
  Fixture api;
  put(api, "calls", R"({"kind":"token bucket","rate":10,"period":3600000,"maxReserved":2})");
  post(api, "calls/reserve", R"({"count":11})");
  auto refused = post(api, "calls/reserve?status=429", R"({"count":3})");
  CHECK(refused.status == 429);
  CHECK(test::header(refused, "Retry-After") == "1440");
  CHECK(has(refused, R"({"ok":false,"retryAfter":1440000)"));
  CHECK_FALSE(has(refused, "reservation"));
}

TEST_CASE("A credit gives tokens back", "[api][limits]") {
  Fixture api;
  put(api, "calls");
  post(api, "calls/limit", R"({"key":"a","count":8})");
  CHECK(post(api, "calls/credit", R"({"key":"a","count":3})").status == 200);
  CHECK(has(post(api, "calls/check", R"({"key":"a","count":0})"), R"("remaining":5)"));
  CHECK(post(api, "calls/credit", R"({"key":"a","count":-3})").status == 400);
  CHECK(post(api, "unknown/credit").status == 404);
}

TEST_CASE("Who waits for a limit is answered as others, and no later than it asked", "[api][limits]") {
  Fixture api;
  put(api, "calls");
  CHECK(has(post(api, "calls/acquire", R"({"key":"a","count":10})"), R"({"ok":true,"limit":10,"remaining":0)"));
  auto refused = post(api, "calls/acquire?status=429", R"({"key":"a","wait":0})");
  CHECK(refused.status == 429);
  CHECK(test::header(refused, "Retry-After") == "360");
  CHECK(has(refused, R"({"ok":false,"retryAfter":360000)"));
  CHECK(post(api, "unknown/acquire").status == 404);
}

TEST_CASE("Who is gone stands in no line", "[api][limits]") {
  Fixture api;
  put(api, "calls");
  post(api, "calls/limit", R"({"key":"a","count":10})");
  std::function<void()> gone;
  std::optional<http::ApiResponse> response;
  const Fixture::Given token{{"Authorization", "Bearer secret"}};
  api.loop.post([&] {
    api.api.handle({"POST", "/v1/ratelimit/calls/acquire", token, R"({"key":"a"})", "127.0.0.1",
                    [&](std::function<void()> leave) { gone = std::move(leave); }},
                   [&](http::ApiResponse given) {
                     response = std::move(given);
                     api.loop.stop();
                   });
    gone();
  });
  api.loop.run();
  CHECK(has(*response, R"({"ok":false)"));
}

TEST_CASE("What cannot be reserved, ended or waited for is 400, and the error names the field", "[api][limits]") {
  Fixture api;
  put(api, "calls");
  auto row = GENERATE(table<std::string, std::string, std::string>({
      {"acquire", R"({"count":-1})", "count"},
      {"acquire", R"({"count":11})", "count"},
      {"acquire", R"({"wait":-1})", "wait"},
      {"acquire", R"({"wait":3600001})", "wait"},
      {"acquire", R"({"wait":1e999})", "wait"},
      {"acquire", R"({"config":{"kind":"gcra","rate":1,"period":1}})", "config"},
      {"reserve", R"({"count":-1})", "count"},
      {"reserve", R"({"hold":"1m"})", "hold"},
      {"reserve", R"({"reserve":true})", "reserve"},
      {"commit", R"({"reservation":"1"})", "used"},
      {"commit", R"({"used":1})", "reservation"},
      {"commit", R"({"reservation":1,"used":1})", "reservation"},
      {"commit", R"({"reservation":"x","used":1})", "reservation"},
      {"commit", R"({"reservation":"1","used":-1})", "used"},
      {"cancel", R"({"reservation":"1","used":1})", "used"},
      {"cancel", "", "reservation"},
      {"credit", R"({"keys":["a"]})", "keys"},
  }));
  const auto& [verb, body, field] = row;
  CAPTURE(verb, body);
  auto response = post(api, "calls/" + verb, body);
  CHECK(response.status == 400);
  CHECK(has(response, R"("field":")" + field + "\""));
}
