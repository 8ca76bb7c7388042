#include "actors/redaction.hpp"

#include "tests/support/scheduler_fixture.hpp"

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::test;

namespace {

// Of "body" and of "secret".
const std::string body = "REDACTED:230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5";
const std::string secret = "REDACTED:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

std::shared_ptr<const Message> message(Redaction redaction) {
  auto message = std::make_shared<Message>();
  message->request.destination = UrlDestination{"http://destination.test/a"};
  message->request.body = Body("body");
  message->request.headers = {{"X-Token", "secret"}, {"Content-Type", "text/plain"}, {"X-Empty", ""}};
  message->request.callback = std::make_shared<const Callback>(
      Callback{"http://destination.test/c", Method::post, {{"x-token", "secret"}, {"X-Open", "open"}}});
  message->request.redaction = std::move(redaction);
  return message;
}

PublishRequest hidden(SchedulerFixture& fixture, const std::string& name) {
  auto request = fixture.request(name);
  request.body = Body("body");
  request.headers = {{"X-Token", "secret"}};
  request.redaction = {true, false, {"x-token"}};
  return request;
}

bool is_hidden(const Message& message) {
  return message.request.body.view() == body && message.request.headers == Headers{{"X-Token", secret}};
}

} // namespace

TEST_CASE("nothing is copied of a message without a redaction", "[actors]") {
  auto plain = message({});
  CHECK(redacted(plain) == plain);
}

TEST_CASE("a redaction replaces what it names by its hash and leaves the rest", "[actors]") {
  auto original = message({true, false, {"x-TOKEN"}});
  auto told = redacted(original);
  CHECK(told->request.body.view() == body);
  CHECK(told->request.headers == Headers{{"X-Token", secret}, {"Content-Type", "text/plain"}, {"X-Empty", ""}});
  CHECK(told->request.callback->headers == Headers{{"x-token", secret}, {"X-Open", "open"}});
  CHECK(original->request.body.view() == "body");
  CHECK(original->request.callback->headers[0].value == "secret");
}

TEST_CASE("a redaction of all headers leaves no value but the empty ones", "[actors]") {
  auto told = redacted(message({false, true, {}}));
  CHECK(told->request.body.view() == "body");
  CHECK(told->request.headers[0].value == secret);
  CHECK(told->request.headers[1].value.starts_with("REDACTED:"));
  CHECK(told->request.headers[2].value.empty());
  CHECK(told->request.callback->headers[1].value.starts_with("REDACTED:"));
}

TEST_CASE("a redacted message is delivered as it is, and read as hashes, also after a crash", "[actors]") {
  SchedulerFixture fixture;
  fixture.transport.answer = [](const OutgoingRequest&) { return RecordingTransport::Answer{1s, {500, {}, {}, {}}}; };
  auto id = fixture.publish(hidden(fixture, "a"));
  CHECK(is_hidden(*fixture.message(id)->message));
  fixture.crash();
  CHECK(is_hidden(*fixture.message(id)->message));
  fixture.time.run_for(10s);
  for (const auto& sent : fixture.transport.sent) {
    CHECK(sent.request.body.view() == "body");
    CHECK(sent.header("X-Token") == "secret");
  }
  REQUIRE(fixture.dlq().size() == 1);
  auto entry = fixture.dlq()[0];
  CHECK(is_hidden(*entry.message));
  using Find = to_scheduler::FindDlqEntry;
  CHECK(is_hidden(*fixture.ask(Find{entry.id, {}}, &Find::reply)->message));
  CHECK_FALSE(fixture.log().empty());
  for (const auto& each : fixture.log())
    CHECK(is_hidden(*each.message));

  using Retry = to_scheduler::RetryDlq;
  auto retried = fixture.ask(Retry{{}, {}, {}, {}}, &Retry::reply);
  REQUIRE(retried->messages.size() == 1);
  CHECK(fixture.transport.sent.back().request.body.view() == "body");
  CHECK(is_hidden(*fixture.message(retried->messages[0].id)->message));
}

TEST_CASE("a page of the log with megabytes to redact is redacted as a whole", "[actors]") {
  SchedulerFixture fixture;
  fixture.options.max_body = 1 << 20;
  for (int n = 0; n < 4; ++n) {
    auto request = hidden(fixture, "a");
    request.body = Body(std::string(300'000, static_cast<char>('a' + n)));
    fixture.publish(request);
  }
  fixture.time.run_for(1s);
  auto entries = fixture.log();
  CHECK(entries.size() == 12);
  for (const auto& each : entries)
    CHECK(each.message->request.body.view().starts_with("REDACTED:"));
}

TEST_CASE("a callback has what was redacted, and is read without it", "[actors]") {
  SchedulerFixture fixture;
  auto request = hidden(fixture, "a");
  SECTION("of the body and of headers") {}
  SECTION("of headers alone") { request.redaction.body = false; }
  request.callback = std::make_shared<const Callback>(Callback{"http://destination.test/callback"});
  fixture.publish(request);
  fixture.time.run_for(1s);
  REQUIRE(fixture.sent() == "a@0.0 callback@0.0");
  const auto& sent = fixture.transport.sent[1];
  CHECK(sent.request.body.view().find(R"("sourceHeader":{"X-Token":["secret"]},"sourceBody":"Ym9keQ==")") !=
        std::string::npos);
  auto told = fixture.message(MessageId::parse(sent.header("Upstash-Message-Id")).value())->message;
  CHECK(told->request.body.view().starts_with("REDACTED:"));
}

TEST_CASE("a schedule is told redacted, and what it publishes is the original with the redaction", "[actors]") {
  SchedulerFixture fixture;
  ScheduleSpec spec{ScheduleId{"s"}, "* * * * *", hidden(fixture, "m")};
  REQUIRE(fixture.ask(to_scheduler::CreateSchedule{spec, {}, {}}, &to_scheduler::CreateSchedule::reply));
  auto find = [&] { return fixture.ask(to_scheduler::FindSchedule{{"s"}, {}}, &to_scheduler::FindSchedule::reply); };
  auto is_told_hidden = [](const Schedule& schedule) {
    const auto& request = schedule.spec->request;
    return request.body.view() == body && request.headers == Headers{{"X-Token", secret}};
  };
  CHECK(is_told_hidden(find().value()));
  auto list = fixture.ask(to_scheduler::ListSchedules{}, &to_scheduler::ListSchedules::reply).value();
  CHECK(is_told_hidden(list.at(0)));
  fixture.time.run_for(60s);
  REQUIRE(fixture.transport.sent.size() == 1);
  const auto& sent = fixture.transport.sent.front();
  CHECK(sent.request.body.view() == "body");
  CHECK(sent.header("X-Token") == "secret");
  CHECK(is_hidden(*fixture.message(find()->last_runs.at(0).message)->message));
}
