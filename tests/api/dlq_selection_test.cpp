#include "http/api/dlq_selection.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::http;
using namespace std::chrono_literals;

namespace {

using Texts = std::vector<std::string>;

const std::string accepted = "dlqIds, messageId, responseStatus, count, cursor, url, queueName, flowControlKey, label, "
                             "callerIp, callerIP, topicName, scheduleId, fromDate, toDate";

std::string refusal(std::string_view query, std::string_view body = "") {
  auto bulk = read_dlq_bulk(query, body);
  return bulk ? "" : bulk.error().message;
}

} // namespace

TEST_CASE("Every filter of the DLQ is read, each value of it", "[api]") {
  auto query =
      "dlqIds=1-2&dlqIds=3-4&messageId=m&url=http://a&queueName=q&scheduleId=s&flowControlKey=k,l&label=x&label=y&"
      "callerIp=1.1.1.1&callerIP=2.2.2.2&responseStatus=500,404&fromDate=1000&toDate=2000";
  auto bulk = read_dlq_bulk(query, "");
  REQUIRE(bulk);
  CHECK(bulk->names_entries);
  const auto& filter = bulk->bulk.filter;
  CHECK(filter.ids == std::vector<DlqId>{{1, 2}, {3, 4}});
  CHECK(filter.message_ids == Texts{"m"});
  CHECK(filter.urls == Texts{"http://a"});
  CHECK(filter.queues == Texts{"q"});
  CHECK(filter.schedules == Texts{"s"});
  CHECK(filter.flow_control_keys == Texts{"k", "l"});
  CHECK(filter.labels == Texts{"x", "y"});
  CHECK(filter.caller_ips == Texts{"1.1.1.1", "2.2.2.2"});
  CHECK(filter.response_statuses == std::vector<int>{500, 404});
  CHECK(filter.from == WallTime{1s});
  CHECK(filter.to == WallTime{2s});
  CHECK_FALSE(filter.none);
  auto listing = read_dlq_listing(query);
  REQUIRE(listing);
  CHECK(listing->query.filter.labels == Texts{"x", "y"});
}

TEST_CASE("A call on the DLQ concerns 100 entries unless it says less", "[api]") {
  auto all = read_dlq_bulk("", "");
  REQUIRE(all);
  CHECK(all->bulk.count == 100);
  CHECK_FALSE(all->bulk.cursor);
  CHECK_FALSE(all->names_entries);
  CHECK_FALSE(all->bulk.filter.none);
  auto some = read_dlq_bulk("count=1&cursor=5-6", "");
  REQUIRE(some);
  CHECK(some->bulk.count == 1);
  CHECK(some->bulk.cursor == DlqId{5, 6});
  CHECK_FALSE(read_dlq_bulk("cursor=", "")->bulk.cursor);
}

TEST_CASE("Ids that cannot exist select nothing rather than everything", "[api]") {
  for (auto query : {"dlqIds=x", "dlqIds=", "dlqIds=x&dlqIds=y", "dlqIds=,"}) {
    CAPTURE(query);
    auto bulk = read_dlq_bulk(query, "");
    REQUIRE(bulk);
    CHECK(bulk->names_entries);
    CHECK(bulk->bulk.filter.none);
  }
  CHECK(read_dlq_bulk("", R"({"dlqIds":[]})")->bulk.filter.none);
  auto partly = read_dlq_bulk("", R"({"dlqIds":["x","1-2"]})");
  CHECK(partly->bulk.filter.ids == std::vector<DlqId>{{1, 2}});
  CHECK_FALSE(partly->bulk.filter.none);
}

TEST_CASE("A bulk call on the DLQ refuses what it does not know, by its name", "[api]") {
  CHECK(refusal("labeel=x&count=100") == R"(unknown parameter "labeel"; accepted are )" + accepted);
  CHECK(refusal("", R"({"dlqids":["1-2"]})") == R"(unknown parameter "dlqids"; accepted are )" + accepted);
  for (std::string name : {"label", "url", "queueName", "count", "responseStatus", "fromDate", "order", "trimBody",
                           "host", "path", "source", "messageIds"}) {
    CAPTURE(name);
    CHECK(refusal(name + "=").find(name) != std::string::npos);
  }
  for (std::string query :
       {"count=0", "count=101", "count=1&count=2", "count=1,2", "responseStatus=1000", "responseStatus=5xx",
        "fromDate=-1", "fromDate=1.5", "toDate=9223372036854775807", "cursor=x", "cursor=1-1&cursor=2-2",
        "fromDate=1&fromDate=1", "order=latestFirst", "trimBody=1"}) {
    CAPTURE(query);
    CHECK(refusal(query).find(query.substr(0, query.find('='))) != std::string::npos);
  }
}

TEST_CASE("A list of the DLQ leaves out what is empty or unknown, and refuses what is wrong", "[api]") {
  auto listing = read_dlq_listing("unheard=of&label=&dlqIds=&count=&cursor=&order=&trimBody=");
  REQUIRE(listing);
  CHECK(listing->query.count == 100);
  CHECK(listing->query.filter.labels.empty());
  CHECK_FALSE(listing->query.filter.none);
  CHECK_FALSE(listing->query.earliest_first);
  for (auto query :
       {"count=0", "cursor=x", "order=newest", "trimBody=-2", "trimBody=x", "host=a", "path=/a", "count=%"})
    CHECK_FALSE(read_dlq_listing(query));
  CHECK(read_dlq_listing("source=workflow").error().code == ErrorCode::unsupported);
}

TEST_CASE("A list of the DLQ says how much of each body it wants", "[api]") {
  CHECK(read_dlq_listing("")->body_limit > 1'000'000'000);
  CHECK(read_dlq_listing("trimBody=-1")->body_limit == 0);
  CHECK(read_dlq_listing("trimBody=0")->body_limit == 0);
  CHECK(read_dlq_listing("trimBody=7")->body_limit == 7);
  CHECK(read_dlq_listing("order=earliestFirst")->query.earliest_first);
}
