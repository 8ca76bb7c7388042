#include "http/api/publish_headers.hpp"

#include <algorithm>

#include "actors/core/characters.hpp"
#include "actors/core/number.hpp"
#include "actors/core/outgoing_check.hpp"
#include "actors/core/text.hpp"
#include "http/api/callback_settings.hpp"
#include "http/api/delivery_settings.hpp"
#include "http/api/errors.hpp"
#include "http/api/queue_name.hpp"
#include "http/api/redact_fields.hpp"

namespace sluice::http {

namespace {

Result<void> refuse_cron(const Settings& settings) {
  if (settings[Setting::cron].value_or("").empty())
    return {};
  return invalid(name_of(Setting::cron), "Upstash-Cron is for POST /v2/schedules and /v2/publish only");
}

PublishRequest with(RetryOverrides given) {
  PublishRequest request;
  request.method = given.method.value_or(request.method);
  request.retries = given.retries.value_or(request.retries);
  request.retry_delay = std::move(given.retry_delay);
  request.delay = given.delay.value_or(request.delay);
  request.not_before = given.not_before;
  request.timeout = given.timeout;
  request.flow_control = std::move(given.flow_control);
  if (given.labels)
    request.labels = std::move(*given.labels);
  return request;
}

// An empty name is a client's way to say that there is no queue.
Result<void> read_queue(const Settings& settings, PublishRequest& request) {
  auto text = settings[Setting::queue_name].value_or("");
  if (text.empty())
    return {};
  auto queue = read_queue_name(text, name_of(Setting::queue_name));
  if (!queue)
    return queue.error();
  request.queue = std::move(*queue);
  return {};
}

Result<void> read_deduplication(const Settings& settings, PublishRequest& request) {
  auto by_content = read_flag(settings, Setting::content_based_deduplication);
  if (!by_content)
    return by_content.error();
  auto id = settings[Setting::deduplication_id].value_or("");
  if (!id.empty())
    request.deduplication = DeduplicationId{std::string(id)};
  else if (*by_content)
    request.deduplication = ByContent{};
  return {};
}

Result<void> read_redaction(const Settings& settings, PublishRequest& request) {
  auto redaction = read_redact_fields(settings[Setting::redact_fields].value_or(""));
  if (!redaction)
    return redaction.error();
  request.redaction = *std::move(redaction);
  return {};
}

Result<void> read_callbacks(const Settings& settings, PublishRequest& request) {
  auto callback = read_callback(settings.callback(), callback_header);
  if (!callback)
    return callback.error();
  auto failure_callback = read_callback(settings.failure_callback(), failure_callback_header);
  if (!failure_callback)
    return failure_callback.error();
  request.callback = *std::move(callback);
  request.failure_callback = *std::move(failure_callback);
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

Result<int> read_hops(std::span<const HeaderView> headers) {
  for (const auto& header : headers) {
    if (!core::equals_ignoring_case(header.name, core::hops_header))
      continue;
    auto hops = core::parse_integer(header.value);
    if (!hops)
      return invalid(std::string(core::hops_header),
                     "Sluice-Hops must be an integer, not " + core::quoted(header.value));
    return static_cast<int>(std::min<std::int64_t>(*hops, max_hops));
  }
  return 0;
}

Result<PublishRequest> read_publish_headers(std::span<const HeaderView> headers, std::string_view query,
                                            std::span<const HeaderView> defaults) {
  Settings settings;
  auto checked = settings.take_all(headers, query, defaults);
  if (checked)
    checked = refuse_cron(settings);
  return checked ? read_publish_settings(settings, headers) : checked.error();
}

Result<PublishRequest> read_publish_settings(Settings& settings, std::span<const HeaderView> headers) {
  auto delivery = read_delivery_settings(settings);
  if (!delivery)
    return delivery.error();
  auto request = with(std::move(*delivery));
  Result<void> checked;
  for (auto read : {read_queue, read_deduplication, read_redaction, read_callbacks})
    if (checked)
      checked = read(settings, request);
  if (checked)
    checked = read_forwarded(headers, settings, request);
  auto hops = read_hops(headers);
  if (checked && !hops)
    checked = hops.error();
  request.hops = hops ? *hops : 0;
  return checked ? Result<PublishRequest>(std::move(request)) : checked.error();
}

} // namespace sluice::http
