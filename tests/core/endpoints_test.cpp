#include "actors/core/endpoints.hpp"

#include <catch2/catch.hpp>

using namespace sluice;

namespace {

const std::string a = "https://a.example/";
const std::string b = "https://b.example/";

std::vector<Endpoint> after(std::vector<Endpoint> endpoints, const std::vector<Endpoint>& added) {
  for (const auto& each : added)
    core::put(endpoints, each);
  return endpoints;
}

using All = std::vector<Endpoint>;

} // namespace

TEST_CASE("put adds an endpoint at the end", "[core]") { CHECK(after({{a}}, {{b, "b"}}) == All{{a}, {b, "b"}}); }

TEST_CASE("put gives an endpoint whose name is known the new URL", "[core]") {
  CHECK(after({{a, "x"}, {b}}, {{"https://c.example/", "x"}}) == All{{"https://c.example/", "x"}, {b}});
}

TEST_CASE("put gives an endpoint whose URL is known the new name", "[core]") {
  CHECK(after({{a}}, {{a, "x"}}) == All{{a, "x"}});
  CHECK(after({{a, "x"}}, {{a, "y"}}) == All{{a, "y"}});
  CHECK(after({{a, "x"}}, {{a}}) == All{{a, "x"}});
}

TEST_CASE("put leaves no URL twice when a known name takes a known URL", "[core]") {
  CHECK(after({{a, "x"}, {b, "y"}}, {{b, "x"}}) == All{{b, "x"}});
}

TEST_CASE("remove takes what has every part that is named", "[core]") {
  All endpoints{{a, "x"}, {b, "y"}, {"https://c.example/"}};
  core::remove(endpoints, {a, "y"});
  CHECK(endpoints.size() == 3);
  core::remove(endpoints, {a, {}});
  core::remove(endpoints, {{}, "y"});
  CHECK(endpoints == All{{"https://c.example/"}});
}
