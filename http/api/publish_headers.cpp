#include "http/api/publish_headers.hpp"

#include <algorithm>
#include <limits>

#include "actors/core/characters.hpp"
#include "actors/core/duration.hpp"
#include "actors/core/flow_control_value.hpp"
#include "actors/core/number.hpp"
#include "actors/core/outgoing_check.hpp"
#include "actors/core/text.hpp"
#include "http/api/errors.hpp"
#include "http/api/settings.hpp"

namespace sluice::http {

namespace {

// 9999-12-31: beyond it no date has four digits, and milliseconds are far from wrapping.
constexpr std::int64_t last_second = 253'402'300'799;

Error bad_value(Setting setting, std::string_view value, std::string_view accepted) {
  auto name = name_of(setting);
  return invalid(name, name + " must be " + std::string(accepted) + ", not " + core::quoted(value));
}

Result<bool> read_flag(const Settings& settings, Setting setting) {
  auto value = settings[setting].value_or("false");
  if (core::equals_ignoring_case(value, "true"))
    return true;
  if (core::equals_ignoring_case(value, "false"))
    return false;
  return bad_value(setting, value, "true or false");
}

Result<void> refuse_missing_features(const Settings& settings) {
  if (!settings.callback().empty())
    return unsupported(settings.callback());
  for (auto setting : {Setting::deduplication_id, Setting::redact_fields, Setting::queue_name, Setting::cron})
    if (auto value = settings[setting]; value && !value->empty())
      return unsupported(name_of(setting));
  auto by_content = read_flag(settings, Setting::content_based_deduplication);
  if (!by_content)
    return by_content.error();
  if (*by_content)
    return unsupported(name_of(Setting::content_based_deduplication));
  return {};
}

Result<void> read_method(const Settings& settings, PublishRequest& request) {
  auto text = settings[Setting::method];
  if (!text)
    return {};
  auto method = parse_method(*text);
  if (!method)
    return bad_value(Setting::method, *text, "GET, POST, PUT, PATCH or DELETE");
  request.method = *method;
  return {};
}

Result<void> read_retries(const Settings& settings, PublishRequest& request) {
  auto text = settings[Setting::retries];
  if (!text)
    return {};
  auto retries = core::parse_integer(*text);
  if (!retries || *retries > std::numeric_limits<int>::max())
    return bad_value(Setting::retries, *text, "an integer from 0 on that the server allows");
  request.retries = static_cast<int>(*retries);
  return {};
}

Result<void> read_durations(const Settings& settings, PublishRequest& request) {
  if (auto text = settings[Setting::timeout]) {
    auto timeout = core::parse_duration(*text, name_of(Setting::timeout));
    if (!timeout)
      return timeout.error();
    request.timeout = *timeout;
  }
  if (auto text = settings[Setting::delay]) {
    auto delay = core::parse_duration(*text, name_of(Setting::delay));
    if (!delay)
      return delay.error();
    request.delay = *delay;
  }
  return {};
}

Result<void> read_not_before(const Settings& settings, PublishRequest& request) {
  auto text = settings[Setting::not_before];
  if (!text)
    return {};
  auto seconds = core::parse_integer(*text);
  if (!seconds || *seconds > last_second)
    return bad_value(Setting::not_before, *text, "a time in whole seconds since 1970");
  request.not_before = WallTime{std::chrono::seconds{*seconds}};
  return {};
}

// Told by sluice's own header on a delivery, which no setting can change.
Result<void> read_hops(std::span<const HeaderView> all, PublishRequest& request) {
  for (const auto& header : all) {
    if (!core::equals_ignoring_case(header.name, core::hops_header))
      continue;
    auto hops = core::parse_integer(header.value);
    if (!hops)
      return invalid(std::string(core::hops_header),
                     "Sluice-Hops must be an integer, not " + core::quoted(header.value));
    request.hops = static_cast<int>(std::min<std::int64_t>(*hops, max_hops));
    break;
  }
  return {};
}

void read_labels(const Settings& settings, PublishRequest& request) {
  auto text = settings[Setting::label].value_or("");
  while (!text.empty()) {
    auto end = std::min(text.find(','), text.size());
    if (auto label = core::trim_blanks(text.substr(0, end)); !label.empty())
      request.labels.emplace_back(label);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

Result<void> read_flow_control(const Settings& settings, PublishRequest& request) {
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
  request.flow_control = FlowControl{{std::string(*key)}, *limits};
  return {};
}

bool has_header(const Headers& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const Header& header) { return core::equals_ignoring_case(header.name, name); });
}

// A bearer token let the request in; any other Authorization was meant for the destination.
bool is_own_credential(const HeaderView& header) {
  return core::equals_ignoring_case(header.name, "authorization") &&
         core::equals_ignoring_case(header.value.substr(0, 6), "bearer");
}

// Everything that came along, but for what a header to forward has named already.
void add_plain_headers(std::span<const HeaderView> all, Headers& headers) {
  const auto named = headers;
  for (const auto& header : all)
    if (!core::is_reserved_outgoing(header.name) && !is_own_credential(header) && !has_header(named, header.name))
      headers.push_back({std::string(header.name), std::string(header.value)});
}

Result<void> read_forwarded(std::span<const HeaderView> all, Settings& settings, PublishRequest& request) {
  auto plain = read_flag(settings, Setting::header_forward);
  if (!plain)
    return plain.error();
  request.headers = settings.release_forwarded();
  if (*plain)
    add_plain_headers(all, request.headers);
  else if (settings.content_type() && !has_header(request.headers, "content-type"))
    request.headers.insert(request.headers.begin(), {"Content-Type", std::string(*settings.content_type())});
  return {};
}

} // namespace

Result<PublishRequest> read_publish_headers(std::span<const HeaderView> headers, std::string_view query) {
  Settings settings;
  PublishRequest request;
  Result<void> checked = settings.take_headers(headers);
  if (checked)
    checked = settings.take_query(query);
  if (checked)
    checked = refuse_missing_features(settings);
  for (auto read : {read_method, read_retries, read_durations, read_not_before, read_flow_control})
    if (checked)
      checked = read(settings, request);
  if (checked)
    checked = read_hops(headers, request);
  if (checked)
    checked = read_forwarded(headers, settings, request);
  if (!checked)
    return checked.error();
  if (auto expression = settings[Setting::retry_delay])
    request.retry_delay = std::string(*expression);
  read_labels(settings, request);
  return request;
}

} // namespace sluice::http
