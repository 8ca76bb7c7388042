// What the headers and query parameters of a publish say, sorted but not yet interpreted
// (spec §3).
#pragma once

#include <array>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/api/target.hpp"
#include "http/wire/header_view.hpp"
#include "sluice/message.hpp"
#include "sluice/result.hpp"

namespace sluice::http {

/// Each is spelled `Upstash-` and a name; see `name_of`.
enum class Setting {
  method,
  timeout,
  retries,
  retry_delay,
  delay,
  not_before,
  label,
  header_forward,
  flow_control_key,
  flow_control_value,
  deduplication_id,
  content_based_deduplication,
  redact_fields,
  queue_name,
  cron,
  schedule_id,
};

inline constexpr std::size_t setting_count = 16;
inline constexpr std::string_view callback_header = "Upstash-Callback";
inline constexpr std::string_view failure_callback_header = "Upstash-Failure-Callback";

/// The header's full name, for messages.
std::string name_of(Setting setting);

/// Collects the settings of one publish. What is taken first beats what follows. Values are views into what was taken.
class Settings {
public:
  /// Takes `Content-Type` and `Upstash-*`; unknown names are left out. What was taken before
  /// beats it, also of the headers to forward. Error: `invalid_argument` for a header to
  /// forward whose name HTTP does not allow.
  Result<void> take_headers(std::span<const HeaderView> headers);

  /// Takes the parameters of this server. Errors: `invalid_argument` also for a broken escape and
  /// for control characters.
  Result<void> take_query(std::string_view query);

  /// Headers, query and what a URL group says for those who do not (spec §3).
  Result<void> take_all(std::span<const HeaderView> headers, std::string_view query,
                        std::span<const HeaderView> defaults = {}) {
    auto taken = take_headers(headers);
    if (taken)
      taken = take_query(query);
    return taken ? take_headers(defaults) : taken;
  }

  std::optional<std::string_view> operator[](Setting setting) const {
    return values_[static_cast<std::size_t>(setting)];
  }
  std::optional<std::string_view> content_type() const noexcept { return content_type_; }
  /// What `Upstash-Callback` and `Upstash-Callback-*` say, the latter as if without `Callback-`; null if nothing.
  Settings* callback() const noexcept { return callback_.get(); }
  Settings* failure_callback() const noexcept { return failure_callback_.get(); }
  /// Of a callback: where it goes; empty if that was not said.
  std::string_view url() const noexcept { return url_; }

  /// The `Upstash-Forward-*` headers without that prefix and without those that only
  /// sluice may set; to be taken once.
  Headers release_forwarded() noexcept { return std::move(forwarded_); }

private:
  Result<void> take(std::string_view full_name, std::string_view value);
  static Result<void> take_for_callback(std::unique_ptr<Settings>& callback, std::string_view name,
                                        std::string_view value);
  Result<void> take_parameter(const Parameter& parameter);
  Result<void> forward(std::string_view full_name, std::string_view value);
  bool was_forwarded_before(std::string_view name) const;

  std::array<std::optional<std::string_view>, setting_count> values_{};
  std::optional<std::string_view> content_type_;
  std::string_view url_;
  std::unique_ptr<Settings> callback_;
  std::unique_ptr<Settings> failure_callback_;
  Headers forwarded_;
  std::size_t forwarded_before_ = 0; // What is being taken now.
  std::list<std::string> decoded_; // What the views of parameters point into.
};

} // namespace sluice::http
