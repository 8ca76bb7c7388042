#include "http/api/destination.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::http;

namespace {

constexpr std::string_view prefix = "/v2/publish/";

Result<Destination> read_any(std::string_view after_prefix) {
  static std::string text;
  text = std::string(prefix).append(after_prefix);
  auto target = split_target(text);
  return read_destination(target, target.path.substr(prefix.size()));
}

Result<std::string> read(std::string_view after_prefix) {
  auto found = read_any(after_prefix);
  return found ? Result<std::string>(std::get<UrlDestination>(*found).url) : found.error();
}

std::string group(std::string_view after_prefix) {
  return std::get<UrlGroupDestination>(read_any(after_prefix).value()).name.text;
}

} // namespace

TEST_CASE("read_destination keeps a URL to the byte", "[api]") {
  for (std::string_view url :
       {"https://www.initial.com", "http://a.example/123/?asdasd=ooo",
        "https://a.example/x//y/%C3%BC%2F?q=%C5%9F%20a&q=2", "http://a.example/?",
        "http://a.example?x=http://b.example//c?d", "HTTP://A.Example/", "http://a.example/?a&&b="}) {
    CAPTURE(url);
    auto found = read(url);
    REQUIRE(found);
    CHECK(*found == url);
  }
}

TEST_CASE("read_destination takes the parameters of this server out of the query", "[api]") {
  CHECK(*read("https://a/p?x=1&upstash-retries=3&qstash_token=secret&y=2") == "https://a/p?x=1&y=2");
  CHECK(*read("https://a/p?qstash_token=secret") == "https://a/p");
  CHECK(*read("https://a/p?Upstash-Delay=1s") == "https://a/p");
}

TEST_CASE("read_destination accepts a URL that was encoded as a whole", "[api]") {
  CHECK(*read("https%3A%2F%2Fa.example%2Fp%3Fx%3D1") == "https://a.example/p?x=1");
  CHECK(*read("https%3a%2f%2fa.example%2fp?upstash-delay=1s&y=2") == "https://a.example/p?y=2");
  CHECK(*read("https%3A%2F%2Fa.example%2Fp%3Fx%3D1?y=2") == "https://a.example/p?x=1&y=2");
  CHECK(*read("https%3A%2F%2Fa.example%2F%2520") == "https://a.example/%20");
}

TEST_CASE("read_destination repairs a scheme whose slashes a proxy has merged", "[api]") {
  CHECK(*read("https:/a.example/p?x=1") == "https://a.example/p?x=1");
  CHECK(*read("http:/a.example") == "http://a.example");
}

TEST_CASE("read_destination says why a text is no destination", "[api]") {
  struct Row {
    std::string_view text;
    std::string_view message;
  };
  auto scheme = "invalid destination url: endpoint has invalid scheme, add http:// or https://";
  auto row = GENERATE_COPY(values<Row>({
      {"localhost:3000", scheme},
      {"ftp://a.example", scheme},
      {"example.com/path", scheme},
      {"handler:x", scheme},
      {"api/llm", "api/llm is no destination any more: publish to a URL"},
      {"", "a destination is required at the end of the path"},
  }));
  CAPTURE(row.text);
  auto found = read(row.text);
  REQUIRE_FALSE(found);
  CHECK(found.error().code == ErrorCode::invalid_argument);
  CHECK(found.error().message == row.message);
}

TEST_CASE("read_destination takes any other text for the name of a URL group", "[api]") {
  CHECK(group("my-group") == "my-group");
  CHECK(group("my%2Dgroup?upstash-retries=1&x=2") == "my-group");
  CHECK(group("example.com") == "example.com");
}

TEST_CASE("A destination with a dot that is no URL group was meant as a URL", "[api]") {
  Error unknown{ErrorCode::not_found, "URL Group not found", {}};
  CHECK(unknown_destination(unknown, "example.com").code == ErrorCode::invalid_argument);
  CHECK(unknown_destination(unknown, "group").code == ErrorCode::not_found);
}
