#include "actors/core/flow_control_value.hpp"

#include <algorithm>
#include <string>

#include "actors/core/characters.hpp"
#include "actors/core/duration.hpp"
#include "actors/core/number.hpp"
#include "actors/core/text.hpp"

namespace sluice::core {

namespace {

constexpr std::string_view value_field = "Upstash-Flow-Control-Value";
constexpr std::string_view period_in_value = "Upstash-Flow-Control-Value: period";
constexpr std::string_view key_field = "Upstash-Flow-Control-Key";

Error refuse(std::string_view field, std::string message) { return invalid(std::string(field), std::move(message)); }

// Where a limit came from: the header, or a parameter of that name.
Error refuse_limit(std::string_view field, std::string_view name, std::string_view complaint) {
  const auto subject = field == name ? std::string(name) : std::string(field) + ": " + std::string(name);
  return refuse(field, subject + ' ' + std::string(complaint));
}

Result<void> check_count(std::string_view field, std::string_view name, std::optional<std::int64_t> count) {
  if (count && *count < 1)
    return refuse_limit(field, name, "must be an integer of at least 1, not " + std::to_string(*count));
  return {};
}

std::string in_milliseconds(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) + " ms";
}

Result<void> check_period(std::string_view field, Duration period) {
  if (period < min_rate_period || period > max_rate_period)
    return refuse_limit(field, "period", "must be from 1 second to 7 days, not " + in_milliseconds(period));
  return {};
}

Error neither_rate_nor_parallelism() {
  return refuse(
      value_field,
      "Upstash-Flow-Control-Value should be either rate=X or parallelism=Y, or both as comma-separated values");
}

// Collects the pairs of one value.
class ValueReader {
public:
  Result<void> read(std::string_view pair);
  const FlowLimits& limits() const { return limits_; }

private:
  Result<void> read_count(std::string_view name, std::string_view text, std::optional<std::int64_t>& count);
  Result<void> read_period(std::string_view text);
  Error repeated(std::string_view name) const { return refuse_limit(value_field, name, "must not be given twice"); }

  FlowLimits limits_;
  bool has_period_ = false;
};

Result<void> ValueReader::read(std::string_view pair) {
  const auto equals = std::min(pair.find('='), pair.size());
  const auto name = trim_blanks(pair.substr(0, equals));
  const auto text = equals == pair.size() ? std::string_view{} : trim_blanks(pair.substr(equals + 1));
  if (equals_ignoring_case(name, "rate"))
    return read_count("rate", text, limits_.rate);
  if (equals_ignoring_case(name, "parallelism"))
    return read_count("parallelism", text, limits_.parallelism);
  if (equals_ignoring_case(name, "period"))
    return read_period(text);
  return refuse(value_field, std::string(value_field) + " knows rate, parallelism and period, not " + quoted(name));
}

Result<void> ValueReader::read_count(std::string_view name, std::string_view text, std::optional<std::int64_t>& count) {
  if (count)
    return repeated(name);
  count = parse_integer(text);
  if (!count)
    return refuse_limit(value_field, name, "must be an integer of at least 1, not " + quoted(text));
  return check_count(value_field, name, count);
}

Result<void> ValueReader::read_period(std::string_view text) {
  if (has_period_)
    return repeated("period");
  has_period_ = true;
  auto period = parse_duration(text, period_in_value);
  if (!period)
    return refuse(value_field, std::move(period.error().message));
  limits_.period = *period;
  return check_period(value_field, limits_.period);
}

} // namespace

Result<FlowLimits> parse_flow_control_value(std::string_view text) {
  if (trim_blanks(text).empty())
    return neither_rate_nor_parallelism();
  ValueReader reader;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    if (auto read = reader.read(text.substr(begin, end - begin)); !read)
      return std::move(read.error());
    begin = end + 1;
  }
  if (auto checked = check(reader.limits()); !checked)
    return std::move(checked.error());
  return reader.limits();
}

Result<void> check(const FlowLimits& limits) {
  if (!limits.rate && !limits.parallelism)
    return neither_rate_nor_parallelism();
  if (auto checked = check_count(value_field, "parallelism", limits.parallelism); !checked)
    return checked;
  if (auto checked = check_count(value_field, "rate", limits.rate); !checked)
    return checked;
  return check_period(value_field, limits.period);
}

Result<void> check(const FlowControlKey& key) {
  if (key.text.empty())
    return refuse(key_field, "flow control key is required");
  if (key.text.size() > max_key_size)
    return refuse(key_field, "flow control key must have at most " + std::to_string(max_key_size) + " bytes, not " +
                                 std::to_string(key.text.size()));
  if (has_control(key.text))
    return refuse(key_field, "flow control key must not have control characters: " + quoted(key.text));
  if (key.text == reserved_key)
    return refuse(key_field, "flow control key \"$\" is reserved");
  return {};
}

Result<void> check(const PinRequest& request) {
  if (!request.parallelism && !request.rate && !request.period)
    return refuse("", "at least one of parallelism, rate and period is required");
  if (auto checked = check_count("parallelism", "parallelism", request.parallelism); !checked)
    return checked;
  if (auto checked = check_count("rate", "rate", request.rate); !checked)
    return checked;
  return request.period ? check_period("period", *request.period) : Result<void>{};
}

} // namespace sluice::core
