#include "http/api/settings.hpp"

#include <algorithm>

#include "actors/core/characters.hpp"
#include "actors/core/outgoing_check.hpp"
#include "actors/core/text.hpp"

namespace sluice::http {

namespace {

constexpr std::string_view prefix = "upstash-";
constexpr std::string_view forward_prefix = "upstash-forward-";

// In the order of `Setting`.
constexpr std::array<std::string_view, setting_count> names = {
    "Upstash-Method",
    "Upstash-Timeout",
    "Upstash-Retries",
    "Upstash-Retry-Delay",
    "Upstash-Delay",
    "Upstash-Not-Before",
    "Upstash-Label",
    "Upstash-Header-Forward",
    "Upstash-Flow-Control-Key",
    "Upstash-Flow-Control-Value",
    "Upstash-Deduplication-Id",
    "Upstash-Content-Based-Deduplication",
    "Upstash-Redact-Fields",
    "Upstash-Queue-Name",
    "Upstash-Cron",
    "Upstash-Schedule-Id",
};

bool begins_with(std::string_view text, std::string_view start) {
  return core::equals_ignoring_case(text.substr(0, start.size()), start);
}

bool concerns(std::string_view name, std::string_view callback) {
  return begins_with(name, callback) && (name.size() == callback.size() || name[callback.size()] == '-');
}

} // namespace

std::string name_of(Setting setting) { return std::string(names[static_cast<std::size_t>(setting)]); }

Result<void> Settings::take_headers(std::span<const HeaderView> headers) {
  forwarded_before_ = forwarded_.size();
  for (const auto& [name, value] : headers) {
    if (begins_with(name, prefix)) {
      if (auto taken = take(name, value); !taken)
        return taken;
    } else if (!content_type_ && core::equals_ignoring_case(name, "content-type")) {
      content_type_ = value;
    }
  }
  return {};
}

Result<void> Settings::take_query(std::string_view query) {
  forwarded_before_ = forwarded_.size();
  for (const auto& parameter : split_query(query))
    if (is_server_parameter(parameter.name))
      if (auto taken = take_parameter(parameter); !taken)
        return taken;
  return {};
}

Result<void> Settings::take_parameter(const Parameter& parameter) {
  auto name = form_decode(parameter.name);
  auto value = form_decode(parameter.value);
  if (!name || !value)
    return bad_escape(parameter);
  if (!begins_with(*name, prefix))
    return {};
  if (!core::is_token(*name) || !core::is_field_value(*value))
    return invalid(*name, "the query parameter " + core::quoted(*name) + " has characters that no header may have");
  decoded_.push_back(std::move(*name));
  std::string_view kept_name = decoded_.back();
  decoded_.push_back(std::move(*value));
  return take(kept_name, core::trim_blanks(decoded_.back()));
}

Result<void> Settings::take(std::string_view full_name, std::string_view value) {
  if (begins_with(full_name, forward_prefix))
    return forward(full_name, value);
  for (std::size_t index = 0; index < setting_count; ++index) {
    if (core::equals_ignoring_case(full_name, names[index])) {
      if (!values_[index])
        values_[index] = value;
      return {};
    }
  }
  if (concerns(full_name, callback_header))
    return take_for_callback(callback_, full_name.substr(callback_header.size()), value);
  if (concerns(full_name, failure_callback_header))
    return take_for_callback(failure_callback_, full_name.substr(failure_callback_header.size()), value);
  return {};
}

// A callback has no callback: what looks like its settings is unknown to it.
Result<void> Settings::take_for_callback(std::unique_ptr<Settings>& callback, std::string_view name,
                                         std::string_view value) {
  if (!callback)
    callback = std::make_unique<Settings>();
  if (!name.empty())
    return callback->take("Upstash" + std::string(name), value);
  if (callback->url_.empty())
    callback->url_ = value;
  return {};
}

Result<void> Settings::forward(std::string_view full_name, std::string_view value) {
  auto name = full_name.substr(forward_prefix.size());
  if (!core::is_token(name))
    return invalid(std::string(full_name),
                   "Upstash-Forward- must be followed by the name of a header, not " + core::quoted(name));
  if (!core::is_reserved_outgoing(name) && !was_forwarded_before(name))
    forwarded_.push_back({std::string(name), std::string(value)});
  return {};
}

bool Settings::was_forwarded_before(std::string_view name) const {
  auto end = forwarded_.begin() + static_cast<std::ptrdiff_t>(forwarded_before_);
  return std::any_of(forwarded_.begin(), end,
                     [&](const Header& header) { return core::equals_ignoring_case(header.name, name); });
}

} // namespace sluice::http
