#include "http/api/json_queue.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::http;

TEST_CASE("A change of a queue says what it changes and no more", "[api]") {
  auto all = read_queue_json(R"({"queueName":"q","parallelism":2,"paused":true,"later":{}})");
  REQUIRE(all);
  CHECK(all->name.text == "q");
  CHECK(all->settings.parallelism == 2);
  CHECK(all->settings.paused == true);
  for (auto text : {R"({"queueName":"q"})", R"({"queueName":"q","parallelism":null,"paused":null})"}) {
    auto none = read_queue_json(text);
    REQUIRE(none);
    CHECK_FALSE(none->settings.parallelism);
    CHECK_FALSE(none->settings.paused);
  }
}

TEST_CASE("A change of a queue of another shape is refused by the name of the field", "[api]") {
  auto row = GENERATE(table<std::string, std::string>({
      {R"({})", "queueName"},
      {R"({"queueName":null})", "queueName"},
      {R"({"queueName":5})", "queueName"},
      {R"({"queueName":["q"]})", "queueName"},
      {R"({"queueName":""})", "queueName"},
      {R"({"queueName":"a b"})", "queueName"},
      {R"({"queueName":"a\u0000"})", "queueName"},
      {R"({"queueName":"q","parallelism":0})", "parallelism"},
      {R"({"queueName":"q","parallelism":-1})", "parallelism"},
      {R"({"queueName":"q","parallelism":1.0})", "parallelism"},
      {R"({"queueName":"q","parallelism":"2"})", "parallelism"},
      {R"({"queueName":"q","parallelism":9223372036854775808})", "parallelism"},
      {R"({"queueName":"q","parallelism":18446744073709551615})", "parallelism"},
      {R"({"queueName":"q","parallelism":18446744073709551617})", "parallelism"},
      {R"({"queueName":"q","parallelism":true})", "parallelism"},
      {R"({"queueName":"q","paused":"true"})", "paused"},
      {R"({"queueName":"q","paused":1})", "paused"},
      {R"({"queueName":"q","paused":{}})", "paused"},
      {R"([])", "body"},
      {"", "body"},
  }));
  CAPTURE(std::get<0>(row));
  auto change = read_queue_json(std::get<0>(row));
  REQUIRE_FALSE(change);
  CHECK(change.error().code == ErrorCode::invalid_argument);
  CHECK(change.error().field == std::get<1>(row));
  CHECK(change.error().message.find(std::get<1>(row)) != std::string::npos);
}

TEST_CASE("A queue always has all six fields", "[api]") {
  QueueInfo info{.name = {"q"}, .created_at = WallTime{std::chrono::seconds{1}}, .parallelism = 3, .lag = 4};
  auto expected = std::string(R"({"name":"q","createdAt":1000,"updatedAt":0,"parallelism":3,"paused":false,"lag":4})");
  CHECK(queue_json(info) == expected);
  CHECK(queues_json({info}) == "[" + expected + "]");
  CHECK(queues_json({}) == "[]");
}
