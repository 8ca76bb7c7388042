#include "actors/core/rate_limit_table.hpp"

#include <map>
#include <random>

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::core;

namespace {

using Key = std::optional<std::string>;

RowId row(LimitNumber limit, const Key& key, std::uint32_t shard = 0) {
  return {limit, key ? std::optional<std::string_view>(*key) : std::nullopt, shard};
}

LimitState state(double value) { return {value, RateTime{}}; }

// Some of up to 24 bytes, some longer, some that differ in the last byte only.
Key random_key(std::mt19937& random) {
  if (random() % 20 == 0)
    return std::nullopt;
  return std::string(random() % 40, 'k') + std::to_string(random() % 30);
}

} // namespace

TEST_CASE("A table finds a row by limit, key and shard, and nothing else", "[table]") {
  RateLimitTable table(1);
  CHECK(table.find(row(1, "a")) == nullptr);
  table.put(row(1, "a", 2), state(7));
  REQUIRE(table.find(row(1, "a", 2)));
  CHECK(table.find(row(1, "a", 2))->value == 7);
  CHECK(table.find(row(1, "a", 1)) == nullptr);
  CHECK(table.find(row(2, "a", 2)) == nullptr);
  CHECK(table.find(row(1, "b", 2)) == nullptr);
  CHECK(table.find(row(1, std::nullopt, 2)) == nullptr);
}

TEST_CASE("A table tells the shared row from that of the empty key", "[table]") {
  RateLimitTable table(1);
  table.put(row(1, std::nullopt), state(1));
  table.put(row(1, ""), state(2));
  CHECK(table.find(row(1, std::nullopt))->value == 1);
  CHECK(table.find(row(1, ""))->value == 2);
}

TEST_CASE("A table keeps keys of any bytes and length", "[table]") {
  RateLimitTable table(1);
  const std::vector<std::string> keys{std::string(24, 'x'), std::string(25, 'x'), std::string(5000, 'x'),
                                      std::string("\0\xff\n", 3), std::string("\0\xff", 2)};
  for (std::size_t i = 0; i < keys.size(); ++i)
    table.put(row(1, keys[i]), state(static_cast<double>(i)));
  for (std::size_t i = 0; i < keys.size(); ++i)
    CHECK(table.find(row(1, keys[i]))->value == static_cast<double>(i));
}

TEST_CASE("A table does what a map does", "[table]") {
  const auto seed = GENERATE(range(1u, 30u));
  CAPTURE(seed);
  std::mt19937 random(seed);
  RateLimitTable table(1);
  std::map<std::tuple<LimitNumber, Key, std::uint32_t>, double> model;
  for (int i = 0; i < 3000; ++i) {
    const auto limit = static_cast<LimitNumber>(random() % 3);
    const auto key = random_key(random);
    const auto shard = static_cast<std::uint32_t>(random() % 3);
    const auto id = row(limit, key, shard);
    if (random() % 3 != 0) {
      table.put(id, state(i));
      model[{limit, key, shard}] = i;
    } else {
      REQUIRE(table.erase(id) == (model.erase({limit, key, shard}) > 0));
    }
    REQUIRE(table.size() == model.size());
  }
  for (const auto& [id, value] : model) {
    const auto* found = table.find(row(std::get<0>(id), std::get<1>(id), std::get<2>(id)));
    REQUIRE(found);
    REQUIRE(found->value == value);
  }
  std::size_t walked = 0;
  for (std::size_t place = 0; place < table.places(); ++place)
    walked += table.at(place).has_value();
  CHECK(walked == model.size());
}
