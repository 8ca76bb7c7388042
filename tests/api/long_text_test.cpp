#include "http/api/long_text.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::http;

namespace {

const std::string large(100'000, 'x');

std::string joined(const std::vector<Body>& pieces) {
  std::string out;
  for (const auto& piece : pieces)
    out += piece.view();
  return out;
}

} // namespace

TEST_CASE("A long text is what was added to it, in order", "[api]") {
  CHECK(LongText().pieces().empty());
  LongText text("[");
  text.add("1");
  text.add(large);
  text.add("2");
  text.add("]");
  auto pieces = std::move(text).pieces();
  CHECK(pieces.size() == 3);
  CHECK((joined(pieces) == "[1" + large + "2]"));
}

TEST_CASE("A long text of many short ones has few pieces", "[api]") {
  LongText text;
  for (int i = 0; i < 100'000; ++i)
    text.add("0123456789");
  auto pieces = std::move(text).pieces();
  CHECK(pieces.size() < 20);
  CHECK(joined(pieces).size() == 1'000'000);
}

TEST_CASE("A long text shares what is long of another one", "[api]") {
  LongText list("[");
  list.add(large);
  list.add("]");
  LongText text("a");
  text.add(list);
  text.add("b");
  text.add(list);
  auto pieces = std::move(text).pieces();
  CHECK((joined(pieces) == "a[" + large + "]b[" + large + "]"));
  CHECK(pieces[2].view().data() == std::move(list).pieces()[1].view().data());
}
