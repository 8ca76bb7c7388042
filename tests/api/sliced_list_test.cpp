#include "http/api/sliced_list.hpp"

#include <deque>

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::http;

namespace {

std::string text_of(ApiResponse response) {
  for (const auto& piece : response.pieces)
    response.body += piece.view();
  return response.body;
}

std::string list_of(const std::vector<std::string>& texts, Later later = {}) {
  std::string out;
  write_list(
      std::move(later), "{", texts.size(), [&](std::size_t item) { return texts[item]; },
      [&](LongText list) { out = text_of(long_response(std::move(list))); });
  return out;
}

} // namespace

TEST_CASE("A list has commas between its items", "[api]") {
  CHECK(list_of({}) == "{[]");
  CHECK(list_of({"1"}) == "{[1]");
  CHECK(list_of({"1", "2", "3"}) == "{[1,2,3]");
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
      [&](const std::string& text) {
        texts.push_back(text);
        return text.size();
      },
      [&] { is_done = true; });
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

TEST_CASE("A long item is written in turns too", "[api]") {
  PendingText item("begin");
  for (std::size_t part = 0; part < 5; ++part)
    item.rest.emplace_back([part] { return std::string(50'000, static_cast<char>('a' + part)); });
  std::size_t turns = 0;
  std::string answer;
  respond_with(
      [&](const std::function<void()>& turn) {
        ++turns;
        turn();
      },
      [&](ApiResponse response) { answer = text_of(std::move(response)); }, item);
  CHECK(turns >= 4);
  CHECK((answer == written(item)));
}

TEST_CASE("A list in turns is the list that is written at once", "[api]") {
  std::vector<std::string> texts;
  for (int item = 0; item < 50; ++item)
    texts.emplace_back(5'000, static_cast<char>('a' + item % 26));
  texts.emplace_back(1 << 20, 'z');
  std::size_t turns = 0;
  auto in_turns = list_of(texts, [&](const std::function<void()>& turn) {
    ++turns;
    turn();
  });
  CHECK((in_turns == list_of(texts)));
  CHECK(turns > 20);
}
