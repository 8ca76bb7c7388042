#include "sluice/rate_limit_probe.hpp"

namespace sluice {

namespace {

Result<std::optional<std::string>> key_of(const LimitProbe& probe, std::optional<std::string_view> sent) {
  if (const auto* function = std::get_if<LimitProbe::KeyFunction>(&probe.key))
    return (*function)(sent);
  const auto* fixed = std::get_if<std::string>(&probe.key);
  if (fixed && !fixed->empty())
    return std::optional{*fixed};
  if (sent && !sent->empty())
    return invalid("key", "To allow client-provided key, provide a `key` function in the hook options.");
  return fixed ? std::optional{*fixed} : std::nullopt;
}

template <class T>
std::optional<T> chosen(bool client_chooses, const std::optional<T>& client, const std::optional<T>& server) {
  return client_chooses && client ? client : server;
}

} // namespace

Result<LimitValue> read_limit(const RateLimiter& limiter, const LimitProbe& probe, const ProbeRequest& request) {
  const auto key = key_of(probe, request.key);
  if (!key)
    return key.error();
  ValueRequest wanted;
  if (*key)
    wanted.key = **key;
  wanted.sample_shards = chosen(probe.client_chooses, request.sample_shards, probe.sample_shards);
  wanted.config = chosen(probe.client_chooses, request.config, probe.config);
  const auto name = probe.client_chooses ? request.name.value_or(probe.name) : std::string_view{probe.name};
  return limiter.get_value(name, wanted);
}

} // namespace sluice
