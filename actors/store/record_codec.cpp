#include "actors/store/record_codec.hpp"

#include "actors/store/record_fields.hpp"

namespace sluice {

namespace {

constexpr std::uint8_t version = 1;
constexpr std::uint8_t ended_version = 1 << 4; // Beside the state.

} // namespace

void encode(RecordWriter& out, const core::FlowState& state) {
  out.clear();
  out.byte(version);
  put(out, state.config.limits);
  out.byte(static_cast<std::uint8_t>(state.config.pinned_parallelism | state.config.pinned_rate << 1 |
                                     state.config.paused << 2));
  put_optional(out, state.window.start, [&](TimePoint start) { out.duration(start.time_since_epoch()); });
  out.time(state.window.started_at);
  out.number(state.window.count);
  out.time(state.created_at);
  out.time(state.updated_at);
}

std::optional<core::FlowState> decode_flow_state(std::string_view record) {
  RecordReader in(record);
  if (in.byte() != version)
    return std::nullopt;
  core::FlowState state;
  state.config.limits = take_limits(in);
  auto flags = in.byte();
  state.config.pinned_parallelism = flags & 1;
  state.config.pinned_rate = flags & 2;
  state.config.paused = flags & 4;
  state.window.start = take_optional(in, [&] { return TimePoint{in.duration()}; });
  state.window.started_at = in.time();
  state.window.count = in.number();
  state.created_at = in.time();
  state.updated_at = in.time();
  return in.complete() ? std::optional(state) : std::nullopt;
}

void encode(RecordWriter& out, const DlqEntry& entry) {
  out.clear();
  out.byte(version);
  out.number(entry.attempts);
  out.number(entry.response_status);
  put(out, entry.response_headers);
  out.text(entry.response_body.view());
  out.text(entry.error);
}

std::optional<DlqEntry> decode_dlq_entry(DlqId id, std::shared_ptr<const Message> message, std::string_view record) {
  RecordReader in(record);
  if (in.byte() != version || !message)
    return std::nullopt;
  DlqEntry entry;
  entry.id = id;
  entry.message = std::move(message);
  entry.attempts = static_cast<int>(in.number());
  entry.response_status = static_cast<int>(in.number());
  entry.response_headers = take_headers(in);
  entry.response_body = Body(take_text(in));
  entry.error = take_text(in);
  return in.complete() ? std::optional(std::move(entry)) : std::nullopt;
}

void encode(RecordWriter& out, const AuditEntry& entry) {
  out.clear();
  out.byte(version);
  out.time(entry.time);
  for (auto text : {&entry.by.name, &entry.by.address, &entry.action, &entry.subject, &entry.detail})
    out.text(*text);
}

std::optional<AuditEntry> decode_audit_entry(std::string_view record) {
  RecordReader in(record);
  if (in.byte() != version)
    return std::nullopt;
  AuditEntry entry;
  entry.time = in.time();
  for (auto text : {&entry.by.name, &entry.by.address, &entry.action, &entry.subject, &entry.detail})
    *text = take_text(in);
  return in.complete() ? std::optional(std::move(entry)) : std::nullopt;
}

void encode(RecordWriter& out, const SigningKeys& keys) {
  out.clear();
  out.byte(version);
  out.text(keys.current);
  out.text(keys.next);
}

std::optional<SigningKeys> decode_signing_keys(std::string_view record) {
  RecordReader in(record);
  if (in.byte() != version)
    return std::nullopt;
  SigningKeys keys;
  keys.current = take_text(in);
  keys.next = take_text(in);
  return in.complete() ? std::optional(std::move(keys)) : std::nullopt;
}

void encode(RecordWriter& out, const UrlGroup& group) {
  out.clear();
  out.byte(version);
  out.time(group.created_at);
  out.time(group.updated_at);
  out.unsigned_number(group.endpoints.size());
  for (const auto& endpoint : group.endpoints) {
    out.text(endpoint.url);
    out.text(endpoint.name);
  }
  put(out, group.defaults);
}

std::optional<UrlGroup> decode_url_group(UrlGroupName name, std::string_view record) {
  RecordReader in(record);
  if (in.byte() != version)
    return std::nullopt;
  UrlGroup group{std::move(name)};
  group.created_at = in.time();
  group.updated_at = in.time();
  group.endpoints = take_list<Endpoint>(in, [&] {
    auto url = take_text(in);
    return Endpoint{std::move(url), take_text(in)};
  });
  group.defaults = take_headers(in);
  return in.complete() ? std::optional(std::move(group)) : std::nullopt;
}

void encode(RecordWriter& out, const Event& event) {
  out.byte(static_cast<std::uint8_t>(event.kind));
  out.unsigned_number(event.sequence);
  out.number(event.status);
  out.time(event.next_attempt);
  out.text(event.error);
}

Event decode_event(RecordReader& in, WallTime time) {
  Event event;
  event.time = time;
  auto kind = in.byte();
  if (kind > static_cast<std::uint8_t>(EventKind::cancelled))
    in.fail();
  event.kind = static_cast<EventKind>(kind);
  event.sequence = in.unsigned_number();
  event.status = static_cast<std::int16_t>(in.number());
  event.next_attempt = in.time();
  event.error = take_text(in);
  return event;
}

void encode(RecordWriter& out, const Ended& ended) {
  out.byte(static_cast<std::uint8_t>(ended_version | static_cast<std::uint8_t>(ended.state)));
  out.unsigned_number(ended.sequence);
  out.number(ended.attempts);
  out.unsigned_number(ended.bytes);
}

Ended decode_ended(RecordReader& in) {
  Ended ended;
  auto state = in.byte() ^ ended_version;
  if (state < static_cast<int>(MessageRow::State::delivered) || state > static_cast<int>(MessageRow::State::cancelled))
    in.fail();
  ended.state = static_cast<MessageRow::State>(state);
  ended.sequence = in.unsigned_number();
  ended.attempts = static_cast<int>(in.number());
  ended.bytes = in.unsigned_number();
  return ended;
}

} // namespace sluice
