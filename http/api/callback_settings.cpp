#include "http/api/callback_settings.hpp"

#include "http/api/delivery_settings.hpp"

namespace sluice::http {

namespace {

// The settings of a callback are spelled like those of a message, with another beginning.
std::string renamed(std::string text, std::string_view name) {
  constexpr std::string_view prefix = "Upstash-";
  auto at = text.find(prefix);
  for (; at != std::string::npos; at = text.find(prefix, at + name.size() + 1))
    text.replace(at, prefix.size(), std::string(name) + '-');
  return text;
}

Result<void> refuse_delay(const Settings& settings, std::string_view name) {
  for (auto setting : {Setting::delay, Setting::not_before})
    if (settings[setting])
      return invalid(renamed(name_of(setting), name),
                     "a callback cannot be delayed: leave out " + renamed(name_of(setting), name));
  return {};
}

} // namespace

Result<std::shared_ptr<const Callback>> read_callback(Settings* settings, std::string_view name) {
  if (!settings || settings->url().empty())
    return std::shared_ptr<const Callback>{};
  if (auto allowed = refuse_delay(*settings, name); !allowed)
    return allowed.error();
  auto delivery = read_delivery_settings(*settings);
  if (!delivery)
    return invalid(renamed(delivery.error().field, name), renamed(delivery.error().message, name));
  Callback callback{std::string(settings->url())};
  callback.method = delivery->method.value_or(callback.method);
  callback.headers = settings->release_forwarded();
  callback.retries = delivery->retries;
  callback.retry_delay = std::move(delivery->retry_delay);
  callback.timeout = delivery->timeout;
  callback.flow_control = std::move(delivery->flow_control);
  return std::make_shared<const Callback>(std::move(callback));
}

} // namespace sluice::http
