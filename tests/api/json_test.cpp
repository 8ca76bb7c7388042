#include "http/api/json.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::http;
using namespace std::chrono_literals;

namespace {

const MessageId id{7, 9};

Message plain_message() {
  Message message{.id = id, .request = {.destination = UrlDestination{"https://a/?x=\"1\""}}};
  message.created_at = message.not_before = WallTime{1'700'000'000'123ms};
  message.request.caller_ip = "127.0.0.1";
  return message;
}

// The part that every message has.
std::string head(std::string_view extra = "") {
  return R"({"messageId":")" + id.text() +
         R"(","url":"https://a/?x=\"1\"","method":"POST","maxRetries":3,"notBefore":1700000000123,)"
         R"("createdAt":1700000000123,"callerIP":"127.0.0.1")" +
         std::string(extra) + "}";
}

std::string json_of(Message message) {
  return written(message_json({std::make_shared<const Message>(std::move(message))}));
}

} // namespace

TEST_CASE("A message without options has only the fields that are always there", "[api]") {
  CHECK(json_of(plain_message()) == head());
}

TEST_CASE("A message tells its options as it brought them", "[api]") {
  auto message = plain_message();
  message.request.headers = {{"test-case", "1"}, {"Content-Type", "text/plain"}, {"Test-Case", "2"}};
  message.request.body = Body("grüße");
  message.request.labels = {"a", "b"};
  message.request.retry_delay = "1000 * retried";
  message.request.queue = QueueName{"q"};
  message.request.flow_control = FlowControl{{"k"}, {{}, 5, 5403s}};
  CHECK(json_of(message) ==
        head(R"(,"header":{"Test-Case":["1","2"],"Content-Type":["text/plain"]},"body":"grüße","queueName":"q",)"
             R"("label":"a","labels":["a","b"],"flowControlKey":"k","rate":5,"period":5403,)"
             R"("retryDelayExpression":"1000 * retried")"));
}

TEST_CASE("A waiting message tells what it waits for, and until when if that is known", "[api]") {
  MessageInfo info{std::make_shared<const Message>(plain_message())};
  for (auto [reason, text] : {std::pair{WaitReason::delay, "delay"}, std::pair{WaitReason::retry, "retry"},
                              std::pair{WaitReason::queue, "queue"}, std::pair{WaitReason::pause, "pause"},
                              std::pair{WaitReason::parallelism, "parallelism"}, std::pair{WaitReason::rate, "rate"},
                              std::pair{WaitReason::global_parallelism, "globalParallelism"}}) {
    info.waiting_for = reason;
    CHECK(written(message_json(info)) == head(R"(,"waitingFor":")" + std::string(text) + '"'));
  }
  info.waiting_for = WaitReason::rate;
  info.expected_start = WallTime{1'700'000'060'000ms};
  CHECK(written(message_json(info)) == head(R"(,"waitingFor":"rate","expectedStartAt":1700000060000)"));
}

TEST_CASE("A message tells the period of its key even if it has only a parallelism", "[api]") {
  auto message = plain_message();
  message.request.flow_control = FlowControl{{"k"}, {10, {}}};
  CHECK(json_of(message) == head(R"(,"flowControlKey":"k","parallelism":10,"period":1)"));
}

TEST_CASE("A body that is not UTF-8 is told as base64", "[api]") {
  auto message = plain_message();
  message.request.body = Body("\xff\xfe");
  CHECK(json_of(message) == head(R"(,"bodyBase64":"//4=")"));
}

TEST_CASE("Text that is not UTF-8 is replaced and never throws", "[api]") {
  auto message = plain_message();
  message.request.headers = {{"X", "\xff"}};
  message.request.flow_control = FlowControl{{"k\xff"}, {{}, 1}};
  message.request.labels = {"\xc3"};
  CHECK(json_of(message).find("\xef\xbf\xbd") != std::string::npos);
  CHECK(error_json("bad \xff") == "{\"error\":\"bad \xef\xbf\xbd\"}");
  CHECK(flow_control_json({.key = {"\x80"}}).find("\xef\xbf\xbd") != std::string::npos);
}

TEST_CASE("A flow-control key always has all eleven fields", "[api]") {
  CHECK(flow_control_json({.key = {"k"}}) ==
        R"({"flowControlKey":"k","waitListSize":0,"parallelismMax":0,"parallelismCount":0,"rateMax":0,"rateCount":0,)"
        R"("ratePeriod":0,"ratePeriodStart":0,"isPaused":false,"isPinnedParallelism":false,"isPinnedRate":false})");
}

TEST_CASE("A flow-control key tells periods and instants in whole seconds", "[api]") {
  FlowControlInfo info{.key = {"a\"b"},
                       .waitlist_size = 1,
                       .parallelism_max = 2,
                       .parallelism_count = 3,
                       .rate_max = 4,
                       .rate_count = 5,
                       .rate_period = 90s,
                       .rate_period_start = WallTime{1'700'000'000'999ms},
                       .is_paused = true,
                       .is_pinned_parallelism = true,
                       .is_pinned_rate = true,
                       .is_failed = true};
  auto expected =
      R"({"flowControlKey":"a\"b","waitListSize":1,"parallelismMax":2,"parallelismCount":3,"rateMax":4,"rateCount":5,)"
      R"("ratePeriod":90,"ratePeriodStart":1700000000,"isPaused":true,"isPinnedParallelism":true,"isPinnedRate":true,)"
      R"("isFailed":true})";
  CHECK(flow_control_json(info) == expected);
}

TEST_CASE("The small answers are exact", "[api]") {
  CHECK(publish_json({id, "https://a/?x=1&y=%20"}) ==
        R"({"messageId":")" + id.text() + R"(","url":"https://a/?x=1&y=%20"})");
  CHECK(publish_json({id, "https://a/\"\\"}) == R"({"messageId":")" + id.text() + R"(","url":"https://a/\"\\"})");
  CHECK(publish_json({id, "https://a/", true}) ==
        R"({"messageId":")" + id.text() + R"(","url":"https://a/","deduplicated":true})");
  CHECK(cancelled_json(1) == R"({"cancelled":1})");
  CHECK(signing_keys_json({"sig_a", "sig_b"}) == R"({"current":"sig_a","next":"sig_b"})");
  CHECK(global_parallelism_json({.max = 512, .count = 3}) == R"({"parallelismMax":512,"parallelismCount":3})");
  CHECK(error_json("a \"quote\"") == R"({"error":"a \"quote\""})");
  CHECK(status_json("ok") == R"({"status":"ok"})");
}
