// An expression that is accepted has the same value inside parentheses, and none out of range.
#include "actors/core/retry_expression.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace sluice;
using namespace sluice::test;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = as_text(data, size);
  auto expression = core::RetryExpression::parse(text);
  if (!expression) {
    require(expression.error().field == "Upstash-Retry-Delay", "the error names the header");
    return 0;
  }
  auto inside = core::RetryExpression::parse("(" + std::string(text) + ") * 1");
  for (int retried : {0, 1, 2, 5, 100}) {
    auto delay = expression->evaluate(retried);
    require(!delay || (*delay >= Duration{0} && *delay <= std::chrono::hours{24}), "the range");
    require(!delay || *delay % std::chrono::milliseconds{1} == Duration{0}, "whole milliseconds");
    // It may be too long, or too deep, by what stands around it.
    require(!inside || inside->evaluate(retried) == delay, "the same inside parentheses");
  }
  return 0;
}
