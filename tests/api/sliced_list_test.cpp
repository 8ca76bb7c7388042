#include "http/api/sliced_list.hpp"

#include <deque>

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::http;

namespace {

std::string list_of(const std::vector<std::string>& texts) {
  std::string out;
  append_list(out, texts);
  return out;
}

} // namespace

TEST_CASE("A list has commas between its items", "[api]") {
  CHECK(list_of({}) == "[]");
  CHECK(list_of({"1"}) == "[1]");
  CHECK(list_of({"1", "2", "3"}) == "[1,2,3]");
}

TEST_CASE("A long list is written in order, in turns of some kilobytes", "[api]") {
  std::deque<std::function<void()>> turns;
  auto later = [&](std::function<void()> turn) { turns.push_back(std::move(turn)); };
  std::vector<std::size_t> written;
  std::vector<std::string> texts;
  bool is_done = false;
  write_items(
      later, 20,
      [&](std::size_t item) {
        written.push_back(item);
        return std::string(1000, static_cast<char>('a' + item));
      },
      [&](std::vector<std::string> all) {
        texts = std::move(all);
        is_done = true;
      });
  while (!turns.empty()) {
    CHECK(written.size() < 20);
    const auto before = written.size();
    auto turn = std::move(turns.front());
    turns.pop_front();
    turn();
    CHECK(written.size() - before <= 7);
    CHECK(written.size() > before);
  }
  CHECK(is_done);
  REQUIRE(texts.size() == 20);
  for (std::size_t item = 0; item < 20; ++item)
    CHECK(texts[item][0] == static_cast<char>('a' + item));
}

TEST_CASE("A list is written at once where nothing waits, also an empty one", "[api]") {
  std::size_t count = 0;
  auto done = [&](const std::vector<std::string>& texts) { count += texts.size() + 1; };
  write_items({}, 0, nullptr, done);
  CHECK(count == 1);
  write_items(
      {}, 100, [](std::size_t) { return std::string(10'000, 'x'); }, done);
  CHECK(count == 102);
}
