// Bytes of a client. However they are cut, the reader reads the same; and what it lets run, a slow and simple reader
// ends at the same byte.
#include "tests/fuzz/fuzz.hpp"
#include "tests/wire/strict_framing.hpp"
#include "tests/wire/transcript.hpp"

using namespace sluice::http;
using namespace sluice::test;

namespace {

// One reader after another would hide how many bytes a request took: the whole goes through one.
std::size_t count_requests(std::string_view bytes) {
  RequestReader reader({});
  std::size_t count = 0;
  while (!bytes.empty()) {
    auto space = reader.space();
    auto size = std::min(space.size(), bytes.size());
    std::memcpy(space.data(), bytes.data(), size);
    bytes.remove_prefix(size);
    auto progress = reader.commit(size);
    for (; progress == ReadProgress::complete; progress = reader.next())
      ++count;
    if (progress == ReadProgress::refused)
      break;
  }
  return count;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = as_text(data, size);
  auto whole = transcript_of(bytes);
  require(transcript_of(bytes, 1) == whole, "the same byte by byte");
  require(transcript_of_split(bytes, size / 2) == whole, "the same in two halves");
  auto rest = bytes;
  for (auto count = count_requests(bytes); count > 0; --count)
    require(skip_clean_request(rest), "everybody agrees where a request ends");
  return 0;
}
