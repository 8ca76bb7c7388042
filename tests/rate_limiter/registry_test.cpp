#include "actors/core/rate_limit_registry.hpp"

#include <map>
#include <random>

#include "limiter_fixture.hpp"

using namespace sluice;
using namespace sluice::core;

TEST_CASE("A registry finds the names that it has, whatever was forgotten", "[registry]") {
  std::mt19937 random(1);
  RateLimitRegistry registry(Compatibility::sane, 1);
  std::map<std::string, LimitNumber> known;
  for (int i = 0; i < 20'000; ++i) {
    const auto name = "limit-" + std::to_string(random() % 300);
    if (random() % 2 == 0) {
      known[name] = registry.add(name);
    } else if (known.contains(name)) {
      registry.forget(known[name]);
      known.erase(name);
    }
    const auto other = "limit-" + std::to_string(random() % 300);
    const auto found = known.find(other);
    REQUIRE(registry.find(other) == (found == known.end() ? std::nullopt : std::optional(found->second)));
  }
  CHECK(registry.numbers() <= 300);
  for (const auto& [name, number] : known)
    CHECK(registry[number].name == name);
}

TEST_CASE("A name that is given a forgotten number has nothing of the one before", "[registry]") {
  RateLimitRegistry registry(Compatibility::sane, 1);
  const auto number = registry.add("a");
  registry.define("a", test::bucket(1, std::chrono::seconds{1}));
  CHECK(registry.writer(number, test::bucket(2, std::chrono::seconds{1})) == 1);
  registry.drop("a");
  registry.forget(number);
  CHECK(registry.is_free(number));
  CHECK(registry.add("b") == number);
  CHECK_FALSE(registry.is_free(number));
  CHECK_FALSE(registry[number].config);
  CHECK_FALSE(registry[number].last_config);
  CHECK(registry[number].writers.empty());
}
