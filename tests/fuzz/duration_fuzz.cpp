// A duration that is accepted is what a plain reading in wide integers makes of it.
#include "actors/core/duration.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

__extension__ using Wide = __int128;

Wide length_of(char unit) {
  switch (unit) {
  case 's':
    return 1000;
  case 'm':
    return 60'000;
  case 'h':
    return 3'600'000;
  default:
    return 86'400'000;
  }
}

// Digits beyond these could not be held; no corpus needs them.
constexpr std::size_t max_digits = 20;

// The milliseconds of `text`, of which it is known that it is a duration; negative if it has too many digits.
Wide plain(std::string_view text) {
  Wide sum = 0;
  while (!text.empty()) {
    auto end = text.find_first_of("smhd");
    auto number = text.substr(0, end);
    auto unit = length_of(end == std::string_view::npos ? 's' : text[end]);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (number.size() > max_digits)
      return -1;
    Wide digits = 0, scale = 1;
    bool is_fraction = false;
    for (char c : number) {
      if (c == '.') {
        is_fraction = true;
        continue;
      }
      digits = digits * 10 + (c - '0');
      scale *= is_fraction ? 10 : 1;
    }
    sum += digits * unit / scale;
  }
  return sum;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = as_text(data, size);
  auto duration = core::parse_duration(text, "Upstash-Delay");
  if (!duration) {
    require(duration.error().field == "Upstash-Delay", "the error names the field");
    return 0;
  }
  require(*duration >= Duration{0} && *duration <= core::max_duration, "the range");
  require(text.find_first_not_of("0123456789.smhd") == std::string_view::npos, "nothing but numbers and units");
  auto expected = plain(text);
  require(expected < 0 || Wide{duration->count()} == expected * 1'000'000, "the value");
  return 0;
}
