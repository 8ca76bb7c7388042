// Names of things: strong types, so that a key cannot pass for an id.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// Names one published message for ever.
///
/// `sequence` grows in the order of acceptance, also across restarts; `origin`
/// tells apart partitions and data directories. The text form is `msg_` and 22
/// base58 digits, and sorts as the sequence does.
class MessageId {
public:
  MessageId() = default;
  MessageId(std::uint64_t sequence, std::uint64_t origin) : sequence_(sequence), origin_(origin) {}

  /// Reads the text form back; empty if `text` is not one.
  static std::optional<MessageId> parse(std::string_view text);
  std::string text() const;
  void append_to(std::string& out) const; ///< Appends the text form.

  std::uint64_t sequence() const noexcept { return sequence_; }
  std::uint64_t origin() const noexcept { return origin_; }

  auto operator<=>(const MessageId&) const = default;

private:
  std::uint64_t sequence_ = 0;
  std::uint64_t origin_ = 0;
};

/// The name of a flow-control key: 1 to 256 bytes, no control characters.
/// `$` is reserved for messages that have no key (spec §7.1 row 11).
struct FlowControlKey {
  std::string text;

  auto operator<=>(const FlowControlKey&) const = default;
};

/// The name of a FIFO queue: 1 to 256 bytes of `A-Z a-z 0-9 _ . -` (spec §2.4).
struct QueueName {
  std::string text;

  auto operator<=>(const QueueName&) const = default;
};

/// The name of a URL group: 1 to 256 bytes of `A-Z a-z 0-9 _ . -` (spec §6.6).
struct UrlGroupName {
  std::string text;

  auto operator<=>(const UrlGroupName&) const = default;
};

/// Names a schedule: 1 to 256 bytes of `A-Z a-z 0-9 _ . -` (spec §3).
struct ScheduleId {
  std::string text;

  auto operator<=>(const ScheduleId&) const = default;
};

/// Names an entry of the dead-letter queue: time of failure and message sequence,
/// so that entries sort by time. Text form `<unix ms>-<sequence>`.
struct DlqId {
  std::int64_t failed_ms = 0;
  std::uint64_t sequence = 0;

  static std::optional<DlqId> parse(std::string_view text);
  std::string text() const;

  auto operator<=>(const DlqId&) const = default;
};

} // namespace sluice

template <>
struct std::hash<sluice::FlowControlKey> {
  std::size_t operator()(const sluice::FlowControlKey& key) const noexcept {
    return std::hash<std::string>{}(key.text);
  }
};

template <>
struct std::hash<sluice::MessageId> {
  std::size_t operator()(const sluice::MessageId& id) const noexcept {
    return std::hash<std::uint64_t>{}(id.sequence() ^ id.origin());
  }
};
