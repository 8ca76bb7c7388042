#include "actors/publish_check.hpp"

#include <algorithm>

#include "actors/core/address_kind.hpp"
#include "actors/core/address_policy.hpp"
#include "actors/core/characters.hpp"
#include "actors/core/duration.hpp"
#include "actors/core/flow_control_value.hpp"
#include "actors/core/names.hpp"
#include "actors/core/outgoing_check.hpp"
#include "actors/core/retry_expression.hpp"
#include "actors/core/text.hpp"
#include "actors/core/url.hpp"
#include "actors/schedule_times.hpp"

namespace sluice {

namespace {

constexpr std::size_t max_label = 256;
constexpr std::size_t max_labels = 64;
constexpr std::size_t max_redacted = 64;
constexpr std::size_t max_redacted_name = 256;

std::int64_t in_seconds(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

Result<void> check_timeout(const std::optional<Duration>& timeout) {
  if (timeout && *timeout <= Duration{0})
    return invalid("Upstash-Timeout", "Upstash-Timeout must be more than 0s, not " + core::text_of(*timeout));
  return {};
}

Result<void> check_times(const PublishRequest& request, const SchedulerOptions& options) {
  if (request.delay < Duration{0} || request.delay > options.max_delay)
    return invalid("Upstash-Delay", "Upstash-Delay must be 0s to " + core::text_of(options.max_delay) + ", not " +
                                        core::text_of(request.delay));
  if (request.not_before &&
      *request.not_before > options.clock().wall + std::chrono::floor<std::chrono::milliseconds>(options.max_delay))
    return invalid("Upstash-Not-Before", "Upstash-Not-Before must be at most " + core::text_of(options.max_delay) +
                                             " ahead, not " + std::to_string(in_seconds(*request.not_before)));
  return check_timeout(request.timeout);
}

Result<void> check_retries(int retries, const std::optional<std::string>& delay, const SchedulerOptions& options) {
  if (retries < 0 || retries > options.max_retries)
    return invalid("Upstash-Retries", "Upstash-Retries must be 0 to " + std::to_string(options.max_retries) + ", not " +
                                          std::to_string(retries));
  if (!delay)
    return {};
  auto expression = core::RetryExpression::parse(*delay);
  return expression ? Result<void>{} : expression.error();
}

Result<void> check_hops(int hops) {
  if (hops < 0 || hops >= max_hops)
    return invalid(std::string(core::hops_header),
                   "loop detected: " + std::to_string(hops) + " deliveries have led to this message, each to the next");
  return {};
}

Result<void> check_labels(const std::vector<std::string>& labels) {
  if (labels.size() > max_labels)
    return invalid("Upstash-Label", "Upstash-Label may hold at most 64 labels, not " + std::to_string(labels.size()));
  for (const auto& label : labels)
    if (label.empty() || label.size() > max_label)
      return invalid("Upstash-Label", "Upstash-Label must hold labels of 1 to 256 bytes, not " + core::quoted(label) +
                                          " with " + std::to_string(label.size()));
  return {};
}

Result<void> check_redaction(const Redaction& redaction) {
  const auto field = "Upstash-Redact-Fields";
  if (redaction.headers.size() > max_redacted)
    return invalid(field, "Upstash-Redact-Fields may name at most 64 headers, not " +
                              std::to_string(redaction.headers.size()) + "; header means all of them");
  for (const auto& name : redaction.headers)
    if (!core::is_token(name) || name.size() > max_redacted_name)
      return invalid(field, "Upstash-Redact-Fields must name headers of 1 to 256 bytes, not " + core::quoted(name));
  return {};
}

Result<void> check_flow_control(const std::optional<FlowControl>& flow) {
  if (!flow)
    return {};
  if (auto valid = core::check(flow->key); !valid)
    return valid;
  return core::check(flow->limits);
}

Result<void> check_deduplication(const std::optional<Deduplication>& deduplication) {
  const auto* id = deduplication ? std::get_if<DeduplicationId>(&*deduplication) : nullptr;
  return id ? core::check(*id) : Result<void>{};
}

// Only what is certain without a look-up. Whatever passes is judged once more, by its
// resolved address, at each attempt.
Result<void> check_host(const std::string& host, const std::string& allow_destinations) {
  if (allow_destinations == "private") // Everything is permitted.
    return {};
  const auto addresses = core::known_addresses(host);
  if (addresses.empty())
    return {};
  const auto policy = core::parse_allow_list(allow_destinations);
  if (!policy)
    return policy.error();
  if (std::any_of(addresses.begin(), addresses.end(), [&](const auto& address) { return policy->permits(address); }))
    return {};
  return invalid("destination", "invalid destination url: endpoint resolves to " +
                                    std::string(describe(classify(addresses.front()))) + ": " +
                                    to_text(addresses.front()));
}

Result<void> check_url(std::string_view text, const SchedulerOptions& options) {
  auto url = core::parse_url(text);
  return url ? check_host(url->host, options.http.allow_destinations) : url.error();
}

Result<void> check_destination(const Destination& destination, const SchedulerOptions& options) {
  if (const auto* group = std::get_if<UrlGroupDestination>(&destination))
    return core::check(group->name);
  return check_url(std::get<UrlDestination>(destination).url, options);
}

// What is wrong is said as of a message; the name of the callback's header comes first.
Result<void> check_callback(const std::shared_ptr<const Callback>& callback, std::string_view name,
                            const SchedulerOptions& options) {
  if (!callback)
    return {};
  for (auto valid : {check_url(callback->url, options), check_headers(callback->headers, options),
                     check_retries(callback->retries.value_or(0), callback->retry_delay, options),
                     check_timeout(callback->timeout), check_flow_control(callback->flow_control)})
    if (!valid)
      return Error{valid.error().code, std::string(name) + ": " + valid.error().message, std::string(name)};
  return {};
}

} // namespace

Result<void> check_headers(const Headers& headers, const SchedulerOptions& options) {
  std::size_t bytes = 0;
  for (const auto& header : headers)
    bytes += header.name.size() + header.value.size() + 4;
  if (bytes > options.max_headers)
    return invalid("headers", "the headers of a message may have at most " + std::to_string(options.max_headers) +
                                  " bytes together, not " + std::to_string(bytes));
  return core::check_outgoing(headers);
}

Result<void> check_publish(const PublishRequest& request, const SchedulerOptions& options) {
  if (request.body.size() > options.max_body)
    return Error{ErrorCode::too_large,
                 "the body of a message may have at most " + std::to_string(options.max_body) + " bytes, not " +
                     std::to_string(request.body.size()),
                 "body"};
  for (auto valid :
       {check_destination(request.destination, options), check_headers(request.headers, options),
        check_times(request, options), check_retries(request.retries, request.retry_delay, options),
        check_hops(request.hops), check_labels(request.labels), check_redaction(request.redaction),
        check_flow_control(request.flow_control), request.queue ? core::check(*request.queue) : Result<void>{},
        request.schedule ? core::check(*request.schedule) : Result<void>{}, check_deduplication(request.deduplication),
        check_callback(request.callback, "Upstash-Callback", options),
        check_callback(request.failure_callback, "Upstash-Failure-Callback", options)})
    if (!valid)
      return valid;
  return {};
}

Result<void> check_schedule(const ScheduleSpec& spec, const SchedulerOptions& options) {
  if (spec.id)
    if (auto valid = core::check(*spec.id); !valid)
      return valid;
  if (spec.request.not_before)
    return invalid("Upstash-Not-Before",
                   "Upstash-Not-Before is not for schedules; Upstash-Delay counts from each firing");
  if (auto times = ScheduleTimes::parse(spec.cron); !times)
    return times.error();
  return check_publish(spec.request, options);
}

Result<void> check_queue(const QueueName& name, const QueueSettings& settings, const SchedulerOptions& options) {
  const auto parallelism = settings.parallelism.value_or(1);
  const auto most = options.max_queue_parallelism;
  if (parallelism < 1 || parallelism > most)
    return Error{parallelism < 1 ? ErrorCode::invalid_argument : ErrorCode::too_many,
                 "parallelism must be 1 to " + std::to_string(most) + ", not " + std::to_string(parallelism),
                 "parallelism"};
  return core::check(name);
}

Result<void> check_endpoints(const UrlGroupName& group, const std::vector<Endpoint>& endpoints,
                             const SchedulerOptions& options) {
  if (auto valid = core::check(group); !valid)
    return valid;
  if (endpoints.empty())
    return invalid("endpoints", "endpoints must name at least one endpoint");
  for (const auto& endpoint : endpoints) {
    if (auto valid = check_url(endpoint.url, options); !valid)
      return valid;
    if (auto valid = core::check_endpoint_name(endpoint.name); !endpoint.name.empty() && !valid)
      return valid;
  }
  return {};
}

Result<void> check_selectors(const std::vector<EndpointSelector>& which) {
  if (which.empty())
    return invalid("endpoints", "endpoints must name at least one endpoint");
  for (const auto& selector : which)
    if (!selector.url && !selector.name)
      return invalid("endpoints", "an endpoint to remove needs a url, a name, or both");
  return {};
}

Result<void> check_operation(const FlowControlKey& key, const core::FlowOperation& operation) {
  if (auto valid = core::check(key); !valid)
    return valid;
  if (const auto* pin = std::get_if<PinRequest>(&operation))
    return core::check(*pin);
  return {};
}

} // namespace sluice
