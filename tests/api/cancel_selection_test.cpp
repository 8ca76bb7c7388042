#include "http/api/cancel_selection.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::http;
using namespace std::chrono_literals;

namespace {

using Texts = std::vector<std::string>;

const std::string accepted = "url, host, path, queueName, flowControlKey, label, callerIp, callerIP, topicName, "
                             "scheduleId, fromDate, toDate, messageIds, count, cursor";

const MessageId one{1, 9}, two{2, 9};

std::string refusal(std::string_view query, std::string_view body = "") {
  auto filter = read_cancel(query, body);
  return filter ? "" : filter.error().message;
}

bool selects_all(const CancelFilter& filter) {
  return filter.ids.empty() && filter.labels.empty() && !filter.count && !filter.none;
}

} // namespace

TEST_CASE("Every filter of a cancellation is read, each value of it", "[api]") {
  auto filter = read_cancel("url=http://a&host=b:80&path=/c&path=/d&queueName=q&flowControlKey=k&label=x,y&"
                            "callerIp=1.1.1.1&callerIP=2.2.2.2&fromDate=1000&toDate=2000&count=500&cursor=any",
                            "");
  REQUIRE(filter);
  CHECK(filter->urls == Texts{"http://a"});
  CHECK(filter->hosts == Texts{"b:80"});
  CHECK(filter->paths == Texts{"/c", "/d"});
  CHECK(filter->queues == Texts{"q"});
  CHECK(filter->flow_control_keys == Texts{"k"});
  CHECK(filter->labels == Texts{"x", "y"});
  CHECK(filter->caller_ips == Texts{"1.1.1.1", "2.2.2.2"});
  CHECK(filter->from == WallTime{1s});
  CHECK(filter->to == WallTime{2s});
  CHECK(filter->count == 500);
  CHECK_FALSE(filter->none);
  CHECK(read_cancel("topicName=t", "")->url_groups == std::vector<std::string>{"t"});
  CHECK(read_cancel("scheduleId=s", "")->schedules == std::vector<std::string>{"s"});
}

TEST_CASE("Messages may be named by query or body, and other filters are then ignored", "[api]") {
  auto by_query = read_cancel("messageIds=" + one.text() + "&messageIds=" + two.text() + "&label=x&topicName=t", "");
  REQUIRE(by_query);
  CHECK(by_query->ids == std::vector<MessageId>{one, two});
  CHECK(by_query->labels.empty());
  CHECK_FALSE(by_query->none);
  CHECK(read_cancel("", R"({"messageIds":[")" + one.text() + R"("]})")->ids == std::vector<MessageId>{one});
}

TEST_CASE("No selector means all, and so does an empty list of messages", "[api]") {
  CHECK(selects_all(*read_cancel("", "")));
  CHECK(selects_all(*read_cancel("", "{}")));
  CHECK(selects_all(*read_cancel("", R"({"messageIds":[]})")));
}

TEST_CASE("Ids that cannot exist cancel nothing rather than everything", "[api]") {
  for (auto query : {"messageIds=x", "messageIds=", "messageIds=x,y&label=z"})
    CHECK(read_cancel(query, "")->none);
  CHECK(read_cancel("", R"({"messageIds":[""]})")->none);
}

TEST_CASE("A cancellation refuses what it does not know, by its name", "[api]") {
  CHECK(refusal("labeel=x") == R"(unknown parameter "labeel"; accepted are )" + accepted);
  CHECK(refusal("", R"({"message_ids":["x"]})") == R"(unknown parameter "message_ids"; accepted are )" + accepted);
  CHECK(refusal("", R"({"messageIds":"x","label":null})") ==
        R"("label" must be a string or a list of strings, not null)");
  CHECK(refusal("", "[]") == "the body must be a JSON object");
  for (std::string query : {"label=", "url=", "host=", "count=0", "count=501", "count=x", "count=1&count=1",
                            "fromDate=x", "responseStatus=500", "order=latestFirst"}) {
    CAPTURE(query);
    CHECK(refusal(query).find(query.substr(0, query.find('='))) != std::string::npos);
  }
}
