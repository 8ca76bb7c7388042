#include "sluice/ids.hpp"

#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "actors/core/base58.hpp"
#include "sluice/message.hpp"

using namespace sluice;

namespace {

constexpr auto max64 = std::numeric_limits<std::uint64_t>::max();
const std::string zeros(11, '1');
const std::string largest = "jpXCZedGfVQ"; // 2^64 - 1

} // namespace

TEST_CASE("MessageId text is msg_ and 22 base58 digits", "[core]") {
  CHECK(MessageId(0, 0).text() == "msg_" + zeros + zeros);
  CHECK(MessageId(57, 58).text() == "msg_1111111111z11111111121");
  CHECK(MessageId(max64, max64).text() == "msg_" + largest + largest);
}

TEST_CASE("MessageId reads its own text back", "[core]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 2000; ++i) {
    // Shifts make small numbers as frequent as large ones.
    const MessageId id(random() >> (random() % 64), random() >> (random() % 64));
    CHECK(MessageId::parse(id.text()) == id);
  }
}

TEST_CASE("MessageId texts sort as sequence and then origin do", "[core]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 2000; ++i) {
    const MessageId a(random() >> (random() % 64), random() % 3);
    const MessageId b(random() % 4 == 0 ? a.sequence() : a.sequence() + random() % 100, random() % 3);
    CAPTURE(a.text(), b.text());
    CHECK((a < b) == (a.text() < b.text()));
  }
}

TEST_CASE("MessageId refuses any text that it would not write", "[core]") {
  const auto good = MessageId(1, 2).text();
  REQUIRE(MessageId::parse(good));
  for (const auto& text : {std::string(), std::string("msg_"), good.substr(1), good + '1', good.substr(0, 25),
                           "MSG_" + good.substr(4), "msg-" + good.substr(4), ' ' + good.substr(0, 25)}) {
    CAPTURE(text);
    CHECK_FALSE(MessageId::parse(text));
  }
  for (char c : std::string("0OIl-_/.+ \0\xff", 13)) {
    auto text = good;
    text.back() = c;
    CAPTURE(static_cast<int>(c));
    CHECK_FALSE(MessageId::parse(text));
  }
}

TEST_CASE("MessageId refuses a half above 2^64 - 1", "[core]") {
  CHECK(MessageId::parse("msg_" + largest + zeros));
  CHECK_FALSE(MessageId::parse("msg_jpXCZedGfVR" + zeros));
  CHECK_FALSE(MessageId::parse("msg_" + zeros + "jpXCZedGfVR"));
  CHECK_FALSE(MessageId::parse("msg_" + std::string(22, 'z')));
}

TEST_CASE("DlqId reads its own text back", "[core]") {
  const DlqId id{1'760'000'000'123, 42};
  CHECK(id.text() == "1760000000123-42");
  for (const auto& each :
       {id, DlqId{0, 0}, DlqId{std::numeric_limits<std::int64_t>::max(), max64}, DlqId{1, max64 - 1}})
    CHECK(DlqId::parse(each.text()) == each);
}

TEST_CASE("DlqId refuses any text that it would not write", "[core]") {
  for (std::string_view text :
       {"", "-", "1", "1-", "-1", "1-2-3", "-1-2", "1--2", "+1-2", "01-2", "1-02", "1 -2", "1-2 ", "0x1-2", "1e3-2",
        "1.0-2", "9223372036854775808-1", "1-18446744073709551616", "\xef\xbc\x91-2"}) {
    CAPTURE(text);
    CHECK_FALSE(DlqId::parse(text));
  }
  CHECK_FALSE(DlqId::parse("1-" + std::string(300, '9')));
}

TEST_CASE("random_base58 takes seven digits from each word, the most significant first", "[core]") {
  std::vector<std::uint64_t> words{0, max64, std::uint64_t{1} << 63, 0};
  auto word = words.begin();
  const auto text = core::random_base58(22, [&word] { return *word++; });
  CHECK(text == "1111111zzzzzzzW1111111");
  CHECK(word == words.end());
}

TEST_CASE("append_random_base58 keeps what was there", "[core]") {
  std::string text = "sig_";
  core::append_random_base58(text, 8, [] { return max64; });
  CHECK(text == "sig_zzzzzzzz");
}

TEST_CASE("random_base58 uses every digit about equally", "[core]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const auto text = core::random_base58(58 * 1000, [&random] { return random(); });
  const std::set<char> digits(text.begin(), text.end());
  CHECK(digits.size() == 58);
  // Seven standard deviations of 1,000 expected occurrences.
  for (char digit : digits)
    CHECK(std::abs(std::count(text.begin(), text.end(), digit) - 1000) < 220);
}

TEST_CASE("random_base58 of no digits asks for no randomness", "[core]") {
  CHECK(core::random_base58(0, []() -> std::uint64_t { throw 0; }).empty());
}

TEST_CASE("Method reads its own text back and nothing else", "[core]") {
  for (auto method : {Method::get, Method::post, Method::put, Method::patch, Method::del})
    CHECK(parse_method(to_string(method)) == method);
  CHECK(to_string(Method::del) == "DELETE");
  for (std::string_view text : {"", "get", "POST ", "DEL", "HEAD", "OPTIONS"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_method(text));
  }
}
