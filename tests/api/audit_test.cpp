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

TEST_CASE("Reading and publishing leave no audit line", "[api]") {
  Fixture api;
  api.call("GET", "/v2/flowControl");
  api.call("GET", "/v2/keys");
  api.publish("https://a.example/");
  CHECK(api.logged.empty());
}
