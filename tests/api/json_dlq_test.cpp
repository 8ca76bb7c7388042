#include "http/api/json_dlq.hpp"

#include <catch2/catch.hpp>

#include "actors/encoding.hpp"
#include "http/api/json.hpp"

using namespace sluice;
using namespace sluice::http;

namespace {

std::shared_ptr<Message> plain_message() {
  auto message = std::make_shared<Message>();
  message->id = {7, 9};
  message->request.destination = UrlDestination{"https://a/"};
  return message;
}

// What every entry shares with its message.
std::string head(std::string_view extra) {
  auto json = written(message_json({plain_message()}));
  json.pop_back();
  return json + std::string(extra) + "}";
}

DlqEntry entry_with(std::string body, std::string response) {
  auto message = plain_message();
  message->request.body = Body(std::move(body));
  DlqEntry entry;
  entry.message = message;
  entry.response_body = Body(std::move(response));
  return entry;
}

std::string page_of(const DlqEntry& entry, std::optional<DlqId> cursor = {}) {
  return dlq_json_begin + ("[" + written(dlq_entry_json(entry))) + "]" + dlq_json_end(cursor);
}

} // namespace

TEST_CASE("A failed message tells its last answer", "[api]") {
  auto message = plain_message();
  DlqEntry entry;
  entry.id = {1'725'323'658'779, 4};
  entry.message = message;
  entry.response_status = 404;
  entry.response_headers = {{"content-type", "text/plain"}};
  entry.response_body = Body("404 Not Found");
  CHECK(page_of(entry) ==
        R"({"messages":[)" +
            head(R"(,"dlqId":"1725323658779-4","responseStatus":404,"responseHeader":{"Content-Type":["text/plain"]},)"
                 R"("responseBody":"404 Not Found")") +
            "]}");
}

TEST_CASE("A message that never got an answer has status 0 and the reason", "[api]") {
  DlqEntry entry;
  entry.id = {1, 2};
  entry.message = plain_message();
  entry.error = "connection refused";
  CHECK(page_of(entry, DlqId{1, 2}) == R"({"messages":[)" +
                                           head(R"(,"dlqId":"1-2","responseStatus":0,"error":"connection refused")") +
                                           R"(],"cursor":"1-2"})");
}

TEST_CASE("An entry alone is told as in a list", "[api]") {
  auto entry = entry_with("b", "r");
  CHECK(page_of(entry) == R"({"messages":[)" + written(dlq_entry_json(entry)) + "]}");
}

TEST_CASE("Bodies of a list are cut, text between its characters", "[api]") {
  auto text = entry_with("grüße", "aü");
  CHECK(written(dlq_entry_json(text, 3)).find(R"("body":"gr",)") != std::string::npos);
  CHECK(written(dlq_entry_json(text, 3)).find(R"("responseBody":"aü")") != std::string::npos);
  CHECK(written(dlq_entry_json(text, 0)).find("ody\"") == std::string::npos);
  auto bytes = entry_with("\xff\xfe\xfd", "");
  CHECK(written(dlq_entry_json(bytes, 2)).find(R"("bodyBase64":"//4=")") != std::string::npos);
}

TEST_CASE("A large body is written as a small one, but in parts", "[api]") {
  auto size = GENERATE(48 * 1024, 48 * 1024 + 1, 100'000, 200'001);
  std::string text, escaped;
  while (text.size() < static_cast<std::size_t>(size)) {
    text += "ü\"x";
    escaped += "ü\\\"x";
  }
  auto entry = entry_with(text, text.substr(1));
  auto json = dlq_entry_json(entry);
  CHECK(json.rest.empty() == (text.size() <= 48 * 1024));
  auto whole = written(std::move(json));
  CHECK((whole.find(R"("body":")" + escaped + R"(","dlqId)") != std::string::npos));
  CHECK((whole.find(R"("responseBodyBase64":")" + base64(text.substr(1)) + "\"}") != std::string::npos));
}

TEST_CASE("What bulk calls on failed messages did is told exactly", "[api]") {
  CHECK(dlq_deleted_json({.count = 0}) == R"({"deleted":0})");
  CHECK(dlq_deleted_json({.count = 3, .cursor = DlqId{1, 2}}) == R"({"deleted":3,"cursor":"1-2"})");
  auto id = MessageId{1, 2};
  CHECK(dlq_retried_json(Published{id, {}}) == R"({"messageId":")" + id.text() + R"("})");
  CHECK(dlq_retried_json(DlqRetried{}) == R"({"responses":[],"cursor":""})");
  CHECK(dlq_retried_json(DlqRetried{{{id, {}}}, DlqId{1, 2}}) ==
        R"({"responses":[{"messageId":")" + id.text() + R"("}],"cursor":"1-2"})");
}
