// A flow-control value that is accepted is in range, and means the same when it is written out plainly.
#include "actors/core/flow_control_value.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

std::string seconds(Duration duration) {
  auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  auto fraction = std::to_string(1000 + ms % 1000).substr(1);
  return std::to_string(ms / 1000) + "." + fraction + "s";
}

std::string plain(const FlowLimits& limits) {
  std::string text;
  if (limits.parallelism)
    text += "parallelism=" + std::to_string(*limits.parallelism) + ",";
  if (limits.rate)
    text += "rate=" + std::to_string(*limits.rate) + ",period=" + seconds(limits.period) + ",";
  text.pop_back();
  return text;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto limits = core::parse_flow_control_value(as_text(data, size));
  if (!limits) {
    require(limits.error().field == "Upstash-Flow-Control-Value", "the error names the header");
    return 0;
  }
  require(core::check(*limits).has_value(), "what is read passes the check");
  auto again = core::parse_flow_control_value(plain(*limits));
  require(again.has_value(), "the plain form is read");
  require(again->parallelism == limits->parallelism && again->rate == limits->rate, "numbers stay");
  require(!limits->rate || again->period == limits->period, "the period stays");
  return 0;
}
