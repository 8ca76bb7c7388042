// Bytes of a destination. However they are cut, the reader reads the same answer, and it never takes more than the answer.
#include <algorithm>

#include "http/wire/response_reader.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace sluice;
using namespace sluice::http;
using namespace sluice::test;

namespace {

struct Answer {
  Outcome outcome;
  bool may_reuse = false;
  std::size_t used = 0;
  bool was_done = false; ///< Before the end of the bytes.
};

Answer read(std::string_view bytes, std::size_t piece) {
  ResponseReader reader({2048, 256});
  reader.start();
  std::size_t used = 0;
  for (std::size_t seen = 0; seen < bytes.size() && !reader.is_done();) {
    seen = std::min(seen + piece, bytes.size());
    auto taken = reader.read(bytes.substr(used, seen - used));
    require(taken <= seen - used, "no more is used than there is");
    used += taken;
  }
  bool was_done = reader.is_done();
  if (!was_done)
    reader.end();
  require(reader.is_done(), "the end ends the answer");
  require(reader.read("more") == 0, "nothing is used after the answer");
  return {reader.take_outcome(), reader.may_reuse(), used, was_done};
}

bool is_same(const Answer& a, const Answer& b) {
  bool same = a.outcome.status == b.outcome.status && a.outcome.error == b.outcome.error && a.was_done == b.was_done;
  // Of an answer that failed it is open how far it was read.
  return same &&
         (a.outcome.status == 0 || (a.outcome.headers == b.outcome.headers && a.outcome.body == b.outcome.body &&
                                    a.may_reuse == b.may_reuse && (!a.may_reuse || a.used == b.used)));
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = as_text(data, size);
  auto whole = read(bytes, std::max<std::size_t>(size, 1));
  require(is_same(read(bytes, 1), whole), "the same byte by byte");
  require(is_same(read(bytes, size / 2 + 1), whole), "the same in two halves");
  require(whole.outcome.status == 0 || (whole.outcome.status >= 200 && whole.outcome.status <= 599),
          "a final status, or none");
  require((whole.outcome.status == 0) == !whole.outcome.error.empty(), "an answer or an error");
  require(whole.outcome.body.size() <= 256, "the limit of the body");
  return 0;
}
