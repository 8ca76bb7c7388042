#include "actors/store/store.hpp"

namespace sluice {

const FlowControlKey& flow_key(const Message& message) {
  static const FlowControlKey unbound{"$"};
  return message.request.flow_control ? message.request.flow_control->key : unbound;
}

std::size_t footprint(const Message& message) {
  constexpr std::size_t bookkeeping = 512; // The row, its index entries and the allocator's share.
  const auto& request = message.request;
  auto bytes = bookkeeping + sizeof(Message) + request.body.size();
  bytes += std::get<UrlDestination>(request.destination).url.size();
  for (const auto& header : request.headers)
    bytes += sizeof(Header) + header.name.size() + header.value.size();
  for (const auto& label : request.labels)
    bytes += sizeof(label) + label.size();
  return bytes;
}

} // namespace sluice
