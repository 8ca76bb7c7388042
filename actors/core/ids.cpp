#include "sluice/ids.hpp"

#include <limits>

#include "actors/core/base58.hpp"
#include "actors/core/number.hpp"
#include "sluice/log_query.hpp"

namespace sluice {

namespace {

constexpr std::string_view message_prefix = "msg_";

// `<unix ms>-<number>`, as DLQ entries and places in the log are called.
struct TimedNumber {
  std::int64_t ms;
  std::uint64_t number;
};

std::optional<TimedNumber> parse_pair(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos)
    return std::nullopt;
  const auto ms = core::parse_integer(text.substr(0, dash));
  const auto number = core::parse_unsigned(text.substr(dash + 1));
  return ms && number ? std::optional(TimedNumber{*ms, *number}) : std::nullopt;
}

// One thing, one name: leading zeros are refused.
template <class Id>
std::optional<Id> only_name(const Id& id, std::string_view text) {
  return id.text() == text ? std::optional(id) : std::nullopt;
}

} // namespace

std::optional<MessageId> MessageId::parse(std::string_view text) {
  if (text.size() != message_prefix.size() + 2 * core::base58_width || !text.starts_with(message_prefix))
    return std::nullopt;
  text.remove_prefix(message_prefix.size());
  const auto sequence = core::parse_base58(text.substr(0, core::base58_width));
  const auto origin = core::parse_base58(text.substr(core::base58_width));
  if (!sequence || !origin)
    return std::nullopt;
  return MessageId(*sequence, *origin);
}

std::string MessageId::text() const {
  std::string text;
  text.reserve(message_prefix.size() + 2 * core::base58_width);
  append_to(text);
  return text;
}

void MessageId::append_to(std::string& out) const {
  out += message_prefix;
  core::append_base58(out, sequence_);
  core::append_base58(out, origin_);
}

std::optional<DlqId> DlqId::parse(std::string_view text) {
  const auto pair = parse_pair(text);
  return pair ? only_name(DlqId{pair->ms, pair->number}, text) : std::nullopt;
}

std::optional<LogPosition> LogPosition::parse(std::string_view text) {
  const auto pair = parse_pair(text);
  if (!pair || pair->number > std::numeric_limits<std::uint32_t>::max() / 2)
    return std::nullopt;
  const WallTime time{std::chrono::milliseconds{pair->ms}};
  return only_name(LogPosition{time, static_cast<std::uint32_t>(pair->number)}, text);
}

std::string LogPosition::text() const {
  return std::to_string(time.time_since_epoch().count()) + '-' + std::to_string(ordinal);
}

std::string DlqId::text() const { return std::to_string(failed_ms) + '-' + std::to_string(sequence); }

} // namespace sluice
