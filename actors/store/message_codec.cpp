#include "actors/store/message_codec.hpp"

#include <cstring>

#include "actors/store/record_fields.hpp"

namespace sluice {

namespace {

constexpr std::uint8_t message_version = 3; // Of requests: 1 ended with the hops, 2 had no schedule and no redaction.
constexpr std::size_t checksum_at = 1;

// Each step is a bijection of the running value, so a single changed word always shows.
std::uint64_t mix(std::uint64_t sum, std::uint64_t word) {
  sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
  return sum ^ (sum >> 32);
}

std::uint64_t checksum(std::uint64_t sum, std::string_view bytes) {
  sum = mix(sum, bytes.size());
  for (; bytes.size() >= sizeof(std::uint64_t); bytes.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), sizeof word);
    sum = mix(sum, word);
  }
  std::uint64_t word = 0;
  if (!bytes.empty()) // Of none there may be no address.
    std::memcpy(&word, bytes.data(), bytes.size());
  return mix(sum, word);
}

void put(RecordWriter& out, const Deduplication& deduplication) {
  auto id = std::get_if<DeduplicationId>(&deduplication);
  out.byte(static_cast<std::uint8_t>(deduplication.index()));
  if (id)
    out.text(id->text);
}

Deduplication take_deduplication(RecordReader& in) {
  if (in.byte() != 0)
    return ByContent{};
  return DeduplicationId{take_text(in)};
}

void put(RecordWriter& out, const FlowControl& flow) {
  out.text(flow.key.text);
  put(out, flow.limits);
}

void put(RecordWriter& out, const std::shared_ptr<const Callback>& callback) {
  out.byte(callback != nullptr);
  if (!callback)
    return;
  out.text(callback->url);
  out.byte(static_cast<std::uint8_t>(callback->method));
  put(out, callback->headers);
  put_optional(out, callback->retries, [&](int retries) { out.number(retries); });
  put_optional(out, callback->retry_delay, [&](const std::string& text) { out.text(text); });
  put_optional(out, callback->timeout, [&](Duration timeout) { out.duration(timeout); });
  put_optional(out, callback->flow_control, [&](const FlowControl& flow) { put(out, flow); });
}

void put(RecordWriter& out, const Redaction& redaction) {
  out.byte(static_cast<std::uint8_t>(redaction.body | redaction.all_headers << 1));
  out.unsigned_number(redaction.headers.size());
  for (const auto& name : redaction.headers)
    out.text(name);
}

Redaction take_redaction(RecordReader& in) {
  Redaction redaction;
  auto flags = in.byte();
  redaction.body = flags & 1;
  redaction.all_headers = flags & 2;
  redaction.headers = take_list<std::string>(in, [&] { return take_text(in); });
  return redaction;
}

void put(RecordWriter& out, const PublishRequest& request) {
  // A group, which only schedules have, stands elsewhere.
  const auto* url = std::get_if<UrlDestination>(&request.destination);
  const auto destination = url ? *url : UrlDestination{};
  out.text(destination.url);
  out.byte(static_cast<std::uint8_t>(request.method));
  put(out, request.headers);
  out.number(request.retries);
  put_optional(out, request.retry_delay, [&](const std::string& text) { out.text(text); });
  out.duration(request.delay);
  put_optional(out, request.not_before, [&](WallTime time) { out.time(time); });
  put_optional(out, request.timeout, [&](Duration timeout) { out.duration(timeout); });
  put_optional(out, request.flow_control, [&](const FlowControl& flow) { put(out, flow); });
  put_optional(out, request.queue, [&](const QueueName& queue) { out.text(queue.text); });
  put_optional(out, request.deduplication, [&](const Deduplication& one) { put(out, one); });
  out.unsigned_number(request.labels.size());
  for (const auto& label : request.labels)
    out.text(label);
  out.text(request.caller_ip);
  out.number(request.hops);
  out.text(destination.url_group);
  out.text(destination.endpoint);
  put(out, request.callback);
  put(out, request.failure_callback);
  put_optional(out, request.schedule, [&](const ScheduleId& schedule) { out.text(schedule.text); });
  put(out, request.redaction);
}

Method take_method(RecordReader& in) {
  auto value = in.byte();
  if (value > static_cast<std::uint8_t>(Method::del))
    in.fail();
  return static_cast<Method>(value);
}

FlowControl take_flow_control(RecordReader& in) {
  FlowControlKey key{take_text(in)};
  return {std::move(key), take_limits(in)};
}

std::shared_ptr<const Callback> take_callback(RecordReader& in) {
  if (in.byte() == 0)
    return nullptr;
  auto callback = std::make_shared<Callback>();
  callback->url = take_text(in);
  callback->method = take_method(in);
  callback->headers = take_headers(in);
  callback->retries = take_optional(in, [&] { return static_cast<int>(in.number()); });
  callback->retry_delay = take_optional(in, [&] { return take_text(in); });
  callback->timeout = take_optional(in, [&] { return in.duration(); });
  callback->flow_control = take_optional(in, [&] { return take_flow_control(in); });
  return callback;
}

void take(RecordReader& in, PublishRequest& request, std::uint8_t found_version) {
  UrlDestination destination{take_text(in)};
  request.method = take_method(in);
  request.headers = take_headers(in);
  request.retries = static_cast<int>(in.number());
  request.retry_delay = take_optional(in, [&] { return take_text(in); });
  request.delay = in.duration();
  request.not_before = take_optional(in, [&] { return in.time(); });
  request.timeout = take_optional(in, [&] { return in.duration(); });
  request.flow_control = take_optional(in, [&] { return take_flow_control(in); });
  request.queue = take_optional(in, [&] { return QueueName{take_text(in)}; });
  request.deduplication = take_optional(in, [&] { return take_deduplication(in); });
  request.labels = take_list<std::string>(in, [&] { return take_text(in); });
  request.caller_ip = take_text(in);
  request.hops = static_cast<int>(in.number());
  if (found_version > 1) {
    destination.url_group = take_text(in);
    destination.endpoint = take_text(in);
    request.callback = take_callback(in);
    request.failure_callback = take_callback(in);
  }
  if (found_version > 2) {
    request.schedule = take_optional(in, [&] { return ScheduleId{take_text(in)}; });
    request.redaction = take_redaction(in);
  }
  request.destination = std::move(destination);
}

bool is_message_version(std::uint8_t found) { return found >= 1 && found <= message_version; }

// Everything behind the checksum.
void take(RecordReader& in, std::uint64_t sequence, Message& message, std::uint8_t found_version) {
  message.id = {sequence, in.fixed()};
  message.created_at = in.time();
  message.not_before = in.time();
  take(in, message.request, found_version);
  message.is_first_in_queue = found_version > 1 && in.byte() != 0;
}

std::uint64_t record_checksum(std::uint64_t seed, std::string_view record, std::string_view body) {
  return checksum(checksum(seed, record), body);
}

// The record of something that is published begins with its version and its checksum.
void begin_checked(RecordWriter& out) {
  out.clear();
  out.byte(message_version);
  out.fixed(0); // The checksum's place.
}

void end_checked(RecordWriter& out, std::uint64_t seed, std::string_view body) {
  std::string_view checked = std::string_view(out.bytes()).substr(checksum_at + sizeof(std::uint64_t));
  RecordWriter value;
  value.fixed(record_checksum(seed, checked, body));
  out.bytes().replace(checksum_at, value.bytes().size(), value.bytes());
}

// The version of such a record; 0 for one that is damaged or of another program.
std::uint8_t take_checked(RecordReader& in, std::uint64_t seed, std::string_view body) {
  auto found = in.byte();
  auto sum = in.fixed();
  return is_message_version(found) && sum == record_checksum(seed, in.rest(), body) ? found : std::uint8_t{0};
}

// A record is of no use under another id.
std::uint64_t seed_of(const ScheduleId& id) { return checksum(0, id.text); }

} // namespace

void encode(RecordWriter& out, const Message& message) {
  begin_checked(out);
  out.fixed(message.id.origin());
  out.time(message.created_at);
  out.time(message.not_before);
  put(out, message.request);
  out.byte(message.is_first_in_queue);
  end_checked(out, message.id.sequence(), message.request.body.view());
}

std::shared_ptr<const Message> decode_message(std::uint64_t sequence, std::string_view record, std::string_view body) {
  RecordReader in(record);
  auto found_version = take_checked(in, sequence, body);
  if (found_version == 0)
    return nullptr;
  auto message = std::make_shared<Message>();
  take(in, sequence, *message, found_version);
  message->request.body = Body(std::string(body));
  return in.complete() ? message : nullptr;
}

std::optional<PublishRequest> decode_request(std::string_view record) {
  RecordReader in(record);
  auto found_version = in.byte();
  in.fixed(); // The checksum.
  if (!is_message_version(found_version))
    return std::nullopt;
  Message message;
  take(in, 0, message, found_version);
  return in.complete() ? std::optional(std::move(message.request)) : std::nullopt;
}

void encode(RecordWriter& out, const ScheduleSpec& spec) {
  const auto* group = std::get_if<UrlGroupDestination>(&spec.request.destination);
  begin_checked(out);
  out.text(spec.cron);
  out.text(group ? group->name.text : std::string());
  put(out, spec.request);
  end_checked(out, seed_of(*spec.id), spec.request.body.view());
}

std::shared_ptr<const ScheduleSpec> decode_schedule_spec(const ScheduleId& id, std::string_view record,
                                                         std::string_view body) {
  RecordReader in(record);
  auto found_version = take_checked(in, seed_of(id), body);
  if (found_version == 0)
    return nullptr;
  auto spec = std::make_shared<ScheduleSpec>();
  spec->id = id;
  spec->cron = take_text(in);
  auto group = take_text(in);
  take(in, spec->request, found_version);
  if (!group.empty())
    spec->request.destination = UrlGroupDestination{{std::move(group)}};
  spec->request.body = Body(std::string(body));
  return in.complete() ? spec : nullptr;
}

} // namespace sluice
