#include "actors/store/store.hpp"

namespace sluice {

namespace {

// A control character, which no flow-control key of a client holds.
constexpr char queue_mark = '\x01';

const FlowControlKey unbound{"$"};

std::size_t footprint(const Headers& headers) {
  std::size_t bytes = 0;
  for (const auto& header : headers)
    bytes += sizeof(Header) + header.name.size() + header.value.size();
  return bytes;
}

} // namespace

WaitPosition wait_position(const Message& message, WallTime ready_at) {
  auto in_queue = message.is_first_in_queue ? first_in_queue_time : queue_time;
  return {message.request.queue ? in_queue : ready_at, message.id.sequence()};
}

const FlowControlKey& flow_key(const Message& message) {
  return message.request.flow_control ? message.request.flow_control->key : unbound;
}

FlowControlKey queue_key(const QueueName& queue) { return {queue_mark + queue.text}; }

bool is_queue(const FlowControlKey& key) { return key.text.starts_with(queue_mark); }

bool is_named_by_clients(const FlowControlKey& key) { return !is_queue(key) && key != unbound; }

QueueName queue_of(const FlowControlKey& key) { return {key.text.substr(1)}; }

FlowControlKey waiting_key(const Message& message) {
  return message.request.queue ? queue_key(*message.request.queue) : flow_key(message);
}

std::size_t footprint(const PublishRequest& request) {
  constexpr std::size_t bookkeeping = 512; // The row, its index entries and the allocator's share.
  auto bytes = bookkeeping + sizeof(Message) + request.body.size();
  if (const auto* to = std::get_if<UrlDestination>(&request.destination))
    bytes += to->url.size();
  bytes += footprint(request.headers);
  for (const auto& callback : {request.callback, request.failure_callback})
    if (callback)
      bytes += sizeof(Callback) + callback->url.size() + footprint(callback->headers);
  for (const auto* texts : {&request.labels, &request.redaction.headers})
    for (const auto& text : *texts)
      bytes += sizeof(text) + text.size();
  return bytes;
}

} // namespace sluice
