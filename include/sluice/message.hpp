// What a client publishes, and what sluice tells about it later.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sluice/flow_control.hpp"
#include "sluice/ids.hpp"
#include "sluice/message_filter.hpp"
#include "sluice/result.hpp"
#include "sluice/time.hpp"

namespace sluice {

struct Header {
  std::string name;
  std::string value;

  bool operator==(const Header&) const = default;
};

/// Headers in the order they are sent; a name may repeat.
using Headers = std::vector<Header>;

/// The bytes of a message: immutable and shared, so that passing it on never copies.
class Body {
public:
  Body() = default;
  explicit Body(std::string bytes)
      : bytes_(bytes.empty() ? nullptr : std::make_shared<const std::string>(std::move(bytes))) {}

  std::string_view view() const noexcept { return bytes_ ? std::string_view(*bytes_) : std::string_view{}; }
  std::size_t size() const noexcept { return bytes_ ? bytes_->size() : 0; }
  bool empty() const noexcept { return size() == 0; }

private:
  std::shared_ptr<const std::string> bytes_;
};

enum class Method { get, post, put, patch, del };

/// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
std::string_view to_string(Method method);
/// Case-sensitive; empty for any other text.
std::optional<Method> parse_method(std::string_view text);

/// An absolute `http://` or `https://` URL, kept to the byte as it was given.
struct UrlDestination {
  std::string url;
  std::string url_group{}; ///< The group that was published to, if it is an endpoint of one; else empty.
  std::string endpoint{}; ///< Its name in that group; empty for none.
};

/// Every endpoint of a URL group: each gets a message of its own (spec §6.6).
struct UrlGroupDestination {
  UrlGroupName name;
};

/// Where a publish goes; a message goes to a URL.
using Destination = std::variant<UrlDestination, UrlGroupDestination>;

/// How to recognise a message that was published before (spec §6.4): by an id, or by its
/// destination, body, content type and headers. Within the window the second is not stored.
struct DeduplicationId {
  std::string text; ///< 1 to 256 bytes, no `:` and no blanks.
};
struct ByContent {};
using Deduplication = std::variant<DeduplicationId, ByContent>;

/// Where to tell of the outcome of another message, and how: a message of its own, signed and retried like any other,
/// with a JSON body (spec §6.1). It calls nobody back itself.
struct Callback {
  std::string url;
  Method method = Method::post;
  Headers headers{}; ///< Sent along; `Content-Type: application/json` unless they say otherwise.
  std::optional<int> retries{}; ///< Empty: as many as the other message has.
  std::optional<std::string> retry_delay{};
  std::optional<Duration> timeout{};
  std::optional<FlowControl> flow_control{};
};

/// What is told of a message as `REDACTED:` and the SHA-256 of it in hexadecimal digits, wherever it is read: by itself, of its
/// schedule, in the DLQ, in the log (spec §6.10). The destination gets the original, and so do callbacks; what a callback is read as
/// is redacted too. What is empty stays empty, and what a destination answered is told as it is.
struct Redaction {
  bool body = false;
  bool all_headers = false;
  std::vector<std::string>
      headers{}; ///< Up to 64 names, each 1 … 256 bytes, in any case; also of headers for callbacks.

  bool is_empty() const noexcept { return !body && !all_headers && headers.empty(); }
  bool operator==(const Redaction&) const = default;
};

inline constexpr int default_retries = 3; // spec §3
inline constexpr int max_hops = 10; ///< More is taken for a loop: a destination that publishes to itself.

/// A message to publish (spec §3). Checked by `Scheduler::publish`, which refuses
/// the whole request if any field is out of range.
struct PublishRequest {
  Destination destination;
  Method method = Method::post;
  Headers
      headers{}; ///< Sent to the destination as they are, up to SchedulerOptions::max_headers. RFC 9110 names and values.
  Body body{};
  int retries = default_retries; ///< Attempts beyond the first, 0 … SchedulerOptions::max_retries.
  std::optional<std::string> retry_delay{}; ///< Expression in milliseconds over `retried` (spec §3.3).
  Duration delay{0}; ///< 0 … SchedulerOptions::max_delay, counted from acceptance.
  std::optional<WallTime> not_before{}; ///< Beats `delay`; a past time means now.
  std::optional<Duration> timeout{}; ///< Of one attempt; only shortens the server's own.
  std::optional<FlowControl> flow_control{};
  /// The message waits for its turn in this queue, which is created if it is new (spec §6.5); with
  /// `flow_control` too, only what the queue has let through competes for the key.
  std::optional<QueueName> queue{};
  std::optional<Deduplication> deduplication{};
  std::shared_ptr<const Callback> callback{}; ///< Told of every attempt; null for none.
  std::shared_ptr<const Callback> failure_callback{}; ///< Told when the message has failed for good; null for none.
  std::optional<ScheduleId> schedule{}; ///< The schedule that publishes it; told to the destination.
  Redaction redaction{};
  std::vector<std::string> labels{}; ///< Each 1 … 256 bytes.
  std::string caller_ip{}; ///< Told to the destination; empty for none.
  int hops = 0; ///< Deliveries that led to this publish, each one by the one before; below max_hops.
};

/// A message as it was accepted; never changes afterwards. Where a scheduler tells of it, its redaction has been carried out.
struct Message {
  MessageId id;
  PublishRequest request; ///< Its destination is a URL.
  WallTime created_at{};
  WallTime not_before{}; ///< Equal to `created_at` when there was no delay.
  /// In its queue before everything that waits there: the callback of a message that has ended (spec §6.5).
  bool is_first_in_queue = false;

  const UrlDestination& destination() const { return std::get<UrlDestination>(request.destination); }
};

/// What a publish answers. A duplicate gets the id of the message that was first.
struct Published {
  MessageId id;
  std::string url; ///< Where the message goes.
  bool deduplicated = false;
};

/// What one publish of a batch answers: a message, or one for each endpoint of its group in their order.
using BatchAnswer = Result<std::vector<Published>>;

enum class MessageState {
  delayed, ///< Its time has not come: not-before, or a retry's delay.
  waiting, ///< In the waitlist of its key.
  active, ///< An attempt is running.
  delivered, ///< Terminal: the destination answered 2xx.
  failed, ///< Terminal: retries exhausted or refused; an entry is in the DLQ.
  cancelled, ///< Terminal.
};

constexpr bool is_terminal(MessageState state) {
  return state == MessageState::delivered || state == MessageState::failed || state == MessageState::cancelled;
}

/// Which messages that have not ended. With `ids` the other parts are ignored. Times are those of the acceptance.
struct CancelFilter : MessageFilter {
  std::vector<MessageId> ids{};
  std::optional<std::size_t> count{}; ///< At most so many.
};

/// What keeps a message from starting.
enum class WaitReason {
  delay, ///< Its not-before.
  retry, ///< The delay after an attempt that failed.
  queue, ///< Its turn in its queue: messages before it have not ended.
  pause, ///< An operator paused its key or its queue, or its key has failed (`FlowControlInfo::is_failed`).
  parallelism, ///< A slot of its key.
  rate, ///< The allowance of a rate period to come.
  global_parallelism, ///< Its key would let it start, but as many calls run as the scheduler may have.
};

/// `delay`, `retry`, `queue`, `pause`, `parallelism`, `rate` or `globalParallelism`.
std::string_view to_string(WaitReason reason);

/// A message and how far it has come.
struct MessageInfo {
  std::shared_ptr<const Message> message;
  MessageState state = MessageState::waiting;
  int attempts = 0; ///< Finished attempts.
  /// What the message waits for at this moment, while it is delayed or waiting. Empty for one that is about to start.
  std::optional<WaitReason> waiting_for{};
  /// When that is over, where it is known: for `delay` and `retry` when the message may compete for its start; for `rate`
  /// when it starts if nothing else holds it up then. A rate foretells by the number of messages before this one and the
  /// limits of now, so a pin, a pause or a cancellation changes it.
  std::optional<WallTime> expected_start{};
};

} // namespace sluice
