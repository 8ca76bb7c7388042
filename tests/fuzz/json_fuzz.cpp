// Bodies of calls. What is accepted is JSON by the library's own, lenient opinion, and the same when written out again.
#include <algorithm>

#include "http/api/json_batch.hpp"
#include "http/api/json_parsing.hpp"
#include "http/api/json_rate_limit.hpp"
#include "http/api/json_selectors.hpp"
#include "http/api/json_url_group.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace sluice;
using namespace sluice::http;
using namespace sluice::test;

namespace {

int depth_of(const nlohmann::json& value) {
  int deepest = 0;
  if (value.is_structured())
    for (const auto& each : value)
      deepest = std::max(deepest, depth_of(each));
  return value.is_structured() ? deepest + 1 : 0;
}

bool is_control(unsigned char byte) { return byte < ' ' && byte != '\t' && byte != '\n' && byte != '\r'; }

// A refusal must say why; nothing may be thrown.
template <class T>
void check_refusal(const Result<T>& read) {
  require(read || (read.error().code == ErrorCode::invalid_argument && !read.error().message.empty()),
          "a refusal has a reason");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = as_text(data, size);
  auto parsed = parse_json(text);
  if (parsed) {
    require(nlohmann::json::accept(text), "what is accepted is JSON");
    require(std::none_of(text.begin(), text.end(), is_control), "JSON has no control bytes, not even at its end");
    require(depth_of(*parsed) <= max_json_depth, "the depth");
    auto again = parse_json(parsed->dump());
    require(again && *again == *parsed, "the same when written out");
  }
  check_refusal(parsed);
  check_refusal(read_batch_json(std::string(text)));
  check_refusal(read_selectors_json(text));
  check_refusal(read_endpoints_json(text));
  check_refusal(read_endpoint_selectors_json(text));
  check_refusal(read_defaults_json(text));
  check_refusal(read_limit_definition(text));
  check_refusal(read_limit_call(text, "limit"));
  check_refusal(read_reset(text));
  return 0;
}
