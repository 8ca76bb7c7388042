#include "tests/support/scheduler_fixture.hpp"
#include "tests/support/slow_store.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::test;

namespace {

const UrlGroupName group{"group"};

std::string url(const std::string& name) { return "http://destination.test/" + name; }

Result<void> add(SchedulerFixture& fixture, std::vector<Endpoint> endpoints) {
  return fixture.ask(to_scheduler::AddEndpoints{group, std::move(endpoints), {}, {}},
                     &to_scheduler::AddEndpoints::reply);
}

PublishRequest to_group(SchedulerFixture& fixture) {
  auto request = fixture.request("");
  request.destination = UrlGroupDestination{group};
  return request;
}

std::vector<BatchAnswer> publish(SchedulerFixture& fixture, std::vector<PublishRequest> requests) {
  std::vector<Result<PublishRequest>> checked(requests.begin(), requests.end());
  return fixture.ask(to_scheduler::PublishBatch{std::move(checked), {}}, &to_scheduler::PublishBatch::reply).value();
}

} // namespace

TEST_CASE("A publish to a URL group is a message for each endpoint", "[actors]") {
  SchedulerFixture fixture;
  REQUIRE(add(fixture, {{url("a"), "first"}, {url("b")}}));
  auto answers = publish(fixture, {to_group(fixture)});
  REQUIRE(answers.size() == 1);
  REQUIRE(answers[0]->size() == 2);
  CHECK((*answers[0])[0].url == url("a"));
  CHECK((*answers[0])[1].url == url("b"));
  fixture.time.run_for(0s);
  CHECK(fixture.sent() == "a@0.0 b@0.0");
  CHECK(fixture.transport.sent[0].header("Upstash-Topic-Name") == "group");
  CHECK(fixture.message((*answers[0])[0].id)->message->destination().endpoint == "first");
}

TEST_CASE("A batch keeps its order and judges each item by itself", "[actors]") {
  SchedulerFixture fixture;
  std::vector<Result<PublishRequest>> items{fixture.request("a"), invalid("x", "refused before"), to_group(fixture),
                                            fixture.request("b")};
  auto answers =
      fixture.ask(to_scheduler::PublishBatch{std::move(items), {}}, &to_scheduler::PublishBatch::reply).value();
  fixture.time.run_for(0s);
  REQUIRE(answers.size() == 4);
  CHECK(answers[0]->at(0).url == url("a"));
  CHECK(answers[1].error().message == "refused before");
  CHECK(answers[2].error().code == ErrorCode::not_found);
  CHECK(answers[3]->at(0).url == url("b"));
  CHECK(fixture.sent() == "a@0.0 b@0.0");
}

TEST_CASE("An empty batch is answered", "[actors]") {
  SchedulerFixture fixture;
  CHECK(publish(fixture, {}).empty());
}

TEST_CASE("Each endpoint of a group remembers its own message", "[actors]") {
  SchedulerFixture fixture;
  REQUIRE(add(fixture, {{url("a")}, {url("b")}}));
  auto request = to_group(fixture);
  request.deduplication = DeduplicationId{"once"};
  auto first = publish(fixture, {request, request});
  CHECK_FALSE(first[0]->at(0).deduplicated);
  CHECK(first[1]->at(0).deduplicated);
  CHECK(first[1]->at(1).id == first[0]->at(1).id);
  REQUIRE(add(fixture, {{url("c")}}));
  auto second = publish(fixture, {request});
  CHECK(second[0]->at(0).id == first[0]->at(0).id);
  CHECK(second[0]->at(1).deduplicated);
  CHECK_FALSE(second[0]->at(2).deduplicated);
  fixture.time.run_for(0s);
  CHECK(fixture.sent() == "a@0.0 b@0.0 c@0.0");
}

TEST_CASE("Messages keep their endpoint when the group changes, and the group survives a crash", "[actors]") {
  SchedulerFixture fixture;
  REQUIRE(add(fixture, {{url("a")}, {url("b")}}));
  fixture.control("k", core::Pause{});
  auto request = to_group(fixture);
  request.flow_control = FlowControl{{"k"}, FlowLimits{5, {}}};
  publish(fixture, {request});
  using Remove = to_scheduler::RemoveEndpoints;
  REQUIRE(fixture.ask(Remove{group, {{url("b"), {}}}, {}, {}}, &Remove::reply));
  fixture.crash();
  using Find = to_scheduler::FindUrlGroup;
  CHECK(fixture.ask(Find{group, {}}, &Find::reply)->endpoints == std::vector<Endpoint>{{url("a")}});
  fixture.control("k", core::Resume{});
  fixture.time.run_for(0s);
  CHECK(fixture.sent() == "a@0.0 b@0.0");
  REQUIRE(fixture.ask(Remove{group, {{url("a"), {}}}, {}, {}}, &Remove::reply));
  fixture.crash();
  CHECK(fixture.ask(Find{group, {}}, &Find::reply).error().code == ErrorCode::not_found);
}

TEST_CASE("Groups and their endpoints have limits", "[actors]") {
  SchedulerOptions options;
  options.max_url_groups = 1;
  options.max_endpoints = 2;
  SchedulerFixture fixture(options);
  CHECK(add(fixture, {{url("a")}, {url("b")}, {url("c")}}).error().code == ErrorCode::too_many);
  CHECK(fixture.store.url_groups().empty());
  REQUIRE(add(fixture, {{url("a")}}));
  using Add = to_scheduler::AddEndpoints;
  CHECK(fixture.ask(Add{{"other"}, {{url("a")}}, {}, {}}, &Add::reply).error().code == ErrorCode::too_many);
}
