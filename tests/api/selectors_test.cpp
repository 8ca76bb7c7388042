#include "http/api/selectors.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::http;

namespace {

std::string text(const Result<std::vector<NamedValue>>& values) {
  if (!values)
    return values.error().message;
  std::string joined;
  for (const auto& value : *values)
    joined += value.name + "=" + value.value + ";";
  return joined;
}

} // namespace

TEST_CASE("A parameter may repeat, or hold several values between commas", "[api]") {
  CHECK(text(read_selectors("label=a&label=b%20c")) == "label=a;label=b c;");
  CHECK(text(read_selectors("label=a,%20b,,c%2Cd&x=,&y=")) == "label=a;label=b;label=c;label=d;x=,;y=;");
  CHECK(text(read_selectors("qstash_token=t&upstash-retries=1&label=a")) == "label=a;");
}

TEST_CASE("A URL is split at a comma only if every piece is a URL, and a path likewise", "[api]") {
  CHECK(text(read_selectors("url=http://a,https://b")) == "url=http://a;url=https://b;");
  CHECK(text(read_selectors("url=http://a/?x=1,2")) == "url=http://a/?x=1,2;");
  CHECK(text(read_selectors("path=/a,/b")) == "path=/a;path=/b;");
  CHECK(text(read_selectors("path=/a,b")) == "path=/a,b;");
}

TEST_CASE("A body selects as a query does, without commas", "[api]") {
  CHECK(text(read_selectors("label=a", R"({"label":["b,c","d"],"flowControlKey":"e,f","fromDate":5})")) ==
        "label=a;flowControlKey=e,f;fromDate=5;label=b,c;label=d;");
  CHECK(text(read_selectors("", R"({"responseStatus":[500,-1]})")) == "responseStatus=500;responseStatus=-1;");
  CHECK(text(read_selectors("", "")) == "");
  CHECK(text(read_selectors("", "{}")) == "");
}

TEST_CASE("An empty list selects nothing, but for messageIds", "[api]") {
  CHECK(text(read_selectors("", R"({"messageIds":[]})")) == "");
  CHECK(text(read_selectors("", R"({"dlqIds":[]})")) == "dlqIds=;");
  CHECK(text(read_selectors("", R"({"label":[]})")) == R"("label" must be a list that is not empty)");
}

TEST_CASE("A body of another shape is refused by the name of the field", "[api]") {
  for (auto value : {"5", "true", "null", "{}", "[5]", "[null]", R"([["a"]])", R"([{"a":1}])", "1.5"}) {
    CAPTURE(value);
    auto read = read_selectors("", R"({"label":)" + std::string(value) + "}");
    REQUIRE_FALSE(read);
    CHECK(read.error().message.starts_with(R"("label" must be a string or a list of strings, not )"));
    CHECK(read.error().field == "label");
  }
  for (auto value : {R"("5")", "true", "null", "5.0", "[[5]]", "1e3"}) {
    CAPTURE(value);
    CHECK(text(read_selectors("", R"({"count":)" + std::string(value) + "}"))
              .starts_with(R"("count" must be an integer, not )"));
  }
  auto name = std::string(100'000, 'n');
  CHECK(text(read_selectors("", R"({")" + name + R"(":1})")).size() < 200);
}

TEST_CASE("A call may not bring values without end", "[api]") {
  std::string query, list = R"("a")";
  for (int i = 0; i < 10'001; ++i)
    query += "a,";
  for (int i = 0; i < 10'000; ++i)
    list += R"(,"a")";
  CHECK_FALSE(read_selectors("label=" + query));
  CHECK_FALSE(read_selectors("", R"({"label":[)" + list + "]}"));
  CHECK(read_selectors("label=a,b", R"({"label":["c"]})")->size() == 3);
  CHECK_FALSE(read_selectors("label=%zz"));
}
