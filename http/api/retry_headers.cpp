#include "http/api/retry_headers.hpp"

#include "http/api/delivery_settings.hpp"

namespace sluice::http {

namespace {

Error cannot_change(std::string name) {
  return invalid(name, name + " cannot be changed by a retry from the dead-letter queue");
}

Result<void> refuse_fixed_settings(Settings& settings) {
  if (settings.callback())
    return cannot_change(std::string(callback_header));
  if (settings.failure_callback())
    return cannot_change(std::string(failure_callback_header));
  if (auto forwarded = settings.release_forwarded(); !forwarded.empty())
    return cannot_change("Upstash-Forward-" + forwarded.front().name);
  for (auto setting : {Setting::header_forward, Setting::deduplication_id, Setting::content_based_deduplication,
                       Setting::redact_fields, Setting::queue_name, Setting::cron})
    if (auto value = settings[setting]; value && !value->empty())
      return cannot_change(name_of(setting));
  return {};
}

} // namespace

Result<RetryOverrides> read_retry_headers(std::span<const HeaderView> headers, std::string_view query) {
  Settings settings;
  auto checked = settings.take_all(headers, query);
  if (checked)
    checked = refuse_fixed_settings(settings);
  return checked ? read_delivery_settings(settings) : checked.error();
}

} // namespace sluice::http
