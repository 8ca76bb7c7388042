// The JSON of the conformance vectors, read into the API's types and written from them. What
// the reference refuses as an argument of the wrong shape throws `WrongShape`.
#pragma once

#include <stdexcept>

#include <nlohmann/json.hpp>

#include "sluice/rate_limit_probe.hpp"

namespace sluice::replay {

using nlohmann::json;

class WrongShape : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// An object whose fields are taken one by one; `finish` throws if one is left.
class Fields {
public:
  explicit Fields(const json& object);

  std::optional<double> number(const char* name);
  std::optional<bool> flag(const char* name);
  std::optional<std::string> text(const char* name);
  std::optional<RateLimitConfig> config(const char* name);
  void finish() const;

private:
  const json* take(const char* name);

  json left_;
  json taken_;
};

/// A double; "NaN", "Infinity" and "-Infinity" are texts.
double number_of(const json& value);
json json_of(double number);

RateLimitConfig config_of(const json& value);
RateTime time_of(const json& value);
json json_of(RateTime time);
json json_of(const RateLimitConfig& config);
json json_of(const LimitVerdict& verdict);
json json_of(const LimitValue& value);
json json_of(const Calculation& calculation);
json json_of(const Error& error);
json json_of(const RateLimited& error);

/// Equal down to the bits of every number; of errors that only the reference's platform words,
/// the type counts.
bool is_equal(const json& expected, const json& actual);

/// The same for rows, which have no order.
bool is_equal_state(const json& expected, const json& actual);

} // namespace sluice::replay
