// The delay before a retry as an expression, `max(1000, pow(2, retried) * 100)` (spec §3.3).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sluice/result.hpp"
#include "sluice/time.hpp"

namespace sluice::core {

inline constexpr std::size_t max_expression_size = 1024; ///< Bytes.
inline constexpr int max_expression_depth = 64; ///< Parentheses inside each other.

/// A parsed expression: a list of steps on a stack of doubles, so that evaluating it needs
/// no recursion. Immutable.
///
/// Numbers are `digits [ "." digits ]`; operators are `+ - * / %` and one unary minus per
/// factor; names are case-sensitive: `retried`, `pow(a, b)`, `exp`, `sqrt`, `abs`, `floor`,
/// `ceil`, `round` of one argument, `min` and `max` of two or more.
class RetryExpression {
public:
  /// Checks the grammar only. `1/0` and `sqrt(-1)` are accepted: whether a value is a number
  /// depends on `retried`, and `evaluate` has an answer for it.
  /// Error: `invalid_argument` on `Upstash-Retry-Delay`.
  static Result<RetryExpression> parse(std::string_view text);

  /// The delay for `retried`, 0 at the first retry, in whole milliseconds from 0 to one day.
  /// Empty if the result is infinite or not a number: the default backoff applies.
  std::optional<Duration> evaluate(int retried) const;

  struct Retried {};
  using Unary = double (*)(double);
  using Binary = double (*)(double, double);
  /// Pushes a number, or replaces the operands on top of the stack by their result.
  using Step = std::variant<double, Retried, Unary, Binary>;

private:
  explicit RetryExpression(std::vector<Step> steps) : steps_(std::move(steps)) {}

  std::vector<Step> steps_;
};

} // namespace sluice::core
