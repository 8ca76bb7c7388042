#include "http/api/delivery_settings.hpp"

#include <algorithm>
#include <limits>

#include "actors/core/characters.hpp"
#include "actors/core/duration.hpp"
#include "actors/core/flow_control_value.hpp"
#include "actors/core/number.hpp"
#include "actors/core/text.hpp"

namespace sluice::http {

namespace {

// 9999-12-31: beyond it no date has four digits, and milliseconds are far from wrapping.
constexpr std::int64_t last_second = 253'402'300'799;

Error bad_value(Setting setting, std::string_view value, std::string_view accepted) {
  auto name = name_of(setting);
  return invalid(name, name + " must be " + std::string(accepted) + ", not " + core::quoted(value));
}

Result<void> read_method(const Settings& settings, RetryOverrides& read) {
  auto text = settings[Setting::method];
  if (!text)
    return {};
  read.method = parse_method(*text);
  if (!read.method)
    return bad_value(Setting::method, *text, "GET, POST, PUT, PATCH or DELETE");
  return {};
}

Result<void> read_retries(const Settings& settings, RetryOverrides& read) {
  auto text = settings[Setting::retries];
  if (!text)
    return {};
  auto retries = core::parse_integer(*text);
  if (!retries || *retries > std::numeric_limits<int>::max())
    return bad_value(Setting::retries, *text, "an integer from 0 on that the server allows");
  read.retries = static_cast<int>(*retries);
  return {};
}

Result<void> read_duration(const Settings& settings, Setting setting, std::optional<Duration>& read) {
  auto text = settings[setting];
  if (!text)
    return {};
  auto duration = core::parse_duration(*text, name_of(setting));
  if (!duration)
    return duration.error();
  read = *duration;
  return {};
}

Result<void> read_timeout(const Settings& settings, RetryOverrides& read) {
  return read_duration(settings, Setting::timeout, read.timeout);
}

Result<void> read_delay(const Settings& settings, RetryOverrides& read) {
  return read_duration(settings, Setting::delay, read.delay);
}

Result<void> read_not_before(const Settings& settings, RetryOverrides& read) {
  auto text = settings[Setting::not_before];
  if (!text)
    return {};
  auto seconds = core::parse_integer(*text);
  if (!seconds || *seconds > last_second)
    return bad_value(Setting::not_before, *text, "a time in whole seconds since 1970");
  read.not_before = WallTime{std::chrono::seconds{*seconds}};
  return {};
}

Result<void> read_flow_control(const Settings& settings, RetryOverrides& read) {
  auto key = settings[Setting::flow_control_key];
  auto value = settings[Setting::flow_control_value];
  if (!key && !value)
    return {};
  if (!key || !value)
    return invalid(name_of(key ? Setting::flow_control_value : Setting::flow_control_key),
                   "Upstash-Flow-Control-Key and Upstash-Flow-Control-Value must be given together");
  auto limits = core::parse_flow_control_value(*value);
  if (!limits)
    return limits.error();
  read.flow_control = FlowControl{{std::string(*key)}, *limits};
  return {};
}

} // namespace

Result<RetryOverrides> read_delivery_settings(const Settings& settings) {
  RetryOverrides read;
  for (auto read_part : {read_method, read_retries, read_timeout, read_delay, read_not_before, read_flow_control})
    if (auto part = read_part(settings, read); !part)
      return part.error();
  if (auto expression = settings[Setting::retry_delay])
    read.retry_delay = std::string(*expression);
  if (auto text = settings[Setting::label])
    read.labels = core::split_list(*text);
  return read;
}

Result<bool> read_flag(const Settings& settings, Setting setting) {
  auto value = settings[setting].value_or("false");
  if (core::equals_ignoring_case(value, "true"))
    return true;
  if (core::equals_ignoring_case(value, "false"))
    return false;
  return bad_value(setting, value, "true or false");
}

} // namespace sluice::http
