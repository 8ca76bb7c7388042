#include "actors/core/retry_expression.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>

#include "actors/core/number.hpp"
#include "actors/core/text.hpp"

namespace sluice::core {

namespace {

using Step = RetryExpression::Step;
using Unary = RetryExpression::Unary;
using Binary = RetryExpression::Binary;

constexpr std::string_view field = "Upstash-Retry-Delay";
constexpr double longest_ms = 86'400'000; // spec §3.3

// As std::min and std::max, the first of two zeros included, but what is not a number stays so.
double least(double a, double b) { return std::isnan(b) || b < a ? b : a; }
double greatest(double a, double b) { return std::isnan(b) || b > a ? b : a; }

struct Function {
  std::string_view name;
  Unary unary = nullptr;
  Binary binary = nullptr;
  bool takes_more = false; ///< Folds a binary operation over any number of arguments.
};

constexpr Function functions[] = {
    {"pow", nullptr, [](double a, double b) { return std::pow(a, b); }},
    {"exp", [](double a) { return std::exp(a); }},
    {"sqrt", [](double a) { return std::sqrt(a); }},
    {"abs", [](double a) { return std::fabs(a); }},
    {"floor", [](double a) { return std::floor(a); }},
    {"ceil", [](double a) { return std::ceil(a); }},
    {"round", [](double a) { return std::round(a); }},
    {"min", nullptr, least, true},
    {"max", nullptr, greatest, true},
};

const Function* find_function(std::string_view name) {
  for (const auto& function : functions)
    if (function.name == name)
      return &function;
  return nullptr;
}

Binary additive(char c) {
  switch (c) {
  case '+':
    return [](double a, double b) { return a + b; };
  case '-':
    return [](double a, double b) { return a - b; };
  default:
    return nullptr;
  }
}

Binary multiplicative(char c) {
  switch (c) {
  case '*':
    return [](double a, double b) { return a * b; };
  case '/':
    return [](double a, double b) { return a / b; };
  case '%':
    return [](double a, double b) { return std::fmod(a, b); };
  default:
    return nullptr;
  }
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

// Recursive descent, one function per rule of the grammar; `depth_` bounds the recursion.
// Each returns false once `complaint_` says what is wrong at `place_`.
class Parser {
public:
  explicit Parser(std::string_view text) : text_(text) { skip_blanks(); }

  bool whole() { return expression() && (place_ == text_.size() || fail("expected an operator or the end")); }

  std::vector<Step> take_steps() { return std::move(steps_); }
  std::string complaint() const { return complaint_ + " at character " + std::to_string(place_ + 1); }

private:
  using Rule = bool (Parser::*)();
  using Operator = Binary (*)(char);

  bool expression() { return operands(&Parser::term, additive); }
  bool term() { return operands(&Parser::factor, multiplicative); }
  bool operands(Rule operand, Operator find_operator);
  bool factor();
  bool primary();
  bool number();
  bool name();
  bool call(const Function& function);
  bool argument(const Function& function, int position);
  bool nested(); // Behind an opening parenthesis.

  char next() const { return place_ < text_.size() ? text_[place_] : '\0'; }
  bool take(char c);
  void advance(std::size_t count);
  void skip_blanks();
  bool fail(std::string complaint);

  std::string_view text_;
  std::size_t place_ = 0;
  int depth_ = 0;
  std::vector<Step> steps_;
  std::string complaint_;
};

bool Parser::operands(Rule operand, Operator find_operator) {
  if (!(this->*operand)())
    return false;
  while (const auto operation = find_operator(next())) {
    advance(1);
    if (!(this->*operand)())
      return false;
    steps_.emplace_back(operation);
  }
  return true;
}

bool Parser::factor() {
  const bool is_negative = take('-');
  if (!primary())
    return false;
  if (is_negative)
    steps_.emplace_back(Unary{[](double a) { return -a; }});
  return true;
}

bool Parser::primary() {
  if (take('('))
    return nested() && (take(')') || fail("expected )"));
  if (is_letter(next()))
    return name();
  return number();
}

bool Parser::number() {
  const auto digits = text_.substr(place_, leading_decimal(text_.substr(place_)));
  if (digits.empty())
    return fail("expected a number, retried, a function or (");
  double value = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc{})
    return fail("number out of range");
  steps_.emplace_back(value);
  advance(digits.size());
  return true;
}

bool Parser::name() {
  std::size_t size = 0;
  while (place_ + size < text_.size() &&
         (is_letter(text_[place_ + size]) || leading_digits(text_.substr(place_ + size, 1))))
    ++size;
  const auto name = text_.substr(place_, size);
  const auto* function = find_function(name);
  if (!function && name != "retried")
    return fail("unknown name");
  advance(size);
  if (function)
    return call(*function);
  steps_.emplace_back(RetryExpression::Retried{});
  return true;
}

bool Parser::call(const Function& function) {
  if (!take('('))
    return fail("expected (");
  int count = 0;
  do {
    if (!argument(function, ++count))
      return false;
  } while (take(','));
  if (function.binary && count < 2)
    return fail("expected a comma");
  return take(')') || fail("expected )");
}

bool Parser::argument(const Function& function, int position) {
  if (position > (function.unary ? 1 : 2) && !function.takes_more)
    return fail("too many arguments");
  if (!nested())
    return false;
  if (function.unary)
    steps_.emplace_back(function.unary);
  else if (position > 1)
    steps_.emplace_back(function.binary);
  return true;
}

bool Parser::nested() {
  if (depth_ == max_expression_depth)
    return fail("too many parentheses");
  ++depth_;
  const bool is_read = expression();
  --depth_;
  return is_read;
}

bool Parser::take(char c) {
  if (next() != c)
    return false;
  advance(1);
  return true;
}

void Parser::advance(std::size_t count) {
  place_ += count;
  skip_blanks();
}

void Parser::skip_blanks() {
  while (next() == ' ' || next() == '\t')
    ++place_;
}

bool Parser::fail(std::string complaint) {
  complaint_ = std::move(complaint);
  return false;
}

Error refuse(std::string_view text, const std::string& complaint) {
  return invalid(std::string(field), std::string(field) +
                                         " must be an expression in milliseconds such as "
                                         "1000 * (1 + retried), not " +
                                         quoted(text) + ": " + complaint);
}

// The top of a stack that the parser has filled: never empty.
double pop(std::vector<double>& stack) {
  const double top = stack.back();
  stack.pop_back();
  return top;
}

void run(const Step& step, int retried, std::vector<double>& stack) {
  if (const auto* number = std::get_if<double>(&step)) {
    stack.push_back(*number);
  } else if (const auto* unary = std::get_if<Unary>(&step)) {
    stack.back() = (*unary)(stack.back());
  } else if (const auto* binary = std::get_if<Binary>(&step)) {
    const double second = pop(stack);
    stack.back() = (*binary)(stack.back(), second);
  } else {
    stack.push_back(retried);
  }
}

} // namespace

Result<RetryExpression> RetryExpression::parse(std::string_view text) {
  if (text.size() > max_expression_size)
    return refuse(text, "longer than " + std::to_string(max_expression_size) + " bytes");
  Parser parser(text);
  if (!parser.whole())
    return refuse(text, parser.complaint());
  return RetryExpression(parser.take_steps());
}

std::optional<Duration> RetryExpression::evaluate(int retried) const {
  std::vector<double> stack;
  for (const auto& step : steps_)
    run(step, retried, stack);
  const double value = stack.back();
  if (!std::isfinite(value))
    return std::nullopt;
  return std::chrono::milliseconds{static_cast<std::int64_t>(std::clamp(value, 0.0, longest_ms))};
}

} // namespace sluice::core
