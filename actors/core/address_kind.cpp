#include "actors/core/address_kind.hpp"

#include <algorithm>

namespace sluice::core {

namespace {

struct SpecialRange {
  AddressRange range;
  AddressKind kind;
};

constexpr AddressRange ipv4(const Ipv4Bytes& bytes, unsigned prefix_length) {
  return {mapped(bytes), 96 + prefix_length};
}

constexpr AddressRange ipv6(std::array<std::uint16_t, 8> groups, unsigned prefix_length) {
  AddressRange range{{}, prefix_length};
  for (std::size_t i = 0; i < groups.size(); ++i) {
    range.first.bytes[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8);
    range.first.bytes[2 * i + 1] = static_cast<std::uint8_t>(groups[i] & 0xff);
  }
  return range;
}

constexpr AddressRange nat64 = ipv6({0x64, 0xff9b}, 96);
constexpr AddressRange six_to_four = ipv6({0x2002}, 16);
constexpr AddressRange teredo = ipv6({0x2001, 0}, 32);
constexpr AddressRange ipv4_compatible = ipv6({}, 96);
constexpr AddressRange global_unicast = ipv6({0x2000}, 3);

constexpr SpecialRange special_ranges[] = {
    {ipv4({0, 0, 0, 0}, 8), AddressKind::unspecified},
    {ipv4({10, 0, 0, 0}, 8), AddressKind::private_use},
    {ipv4({100, 64, 0, 0}, 10), AddressKind::shared},
    {ipv4({127, 0, 0, 0}, 8), AddressKind::loopback},
    {ipv4({168, 63, 129, 16}, 32), AddressKind::link_local}, // Azure's platform; public by its number only.
    {ipv4({169, 254, 0, 0}, 16), AddressKind::link_local},
    {ipv4({172, 16, 0, 0}, 12), AddressKind::private_use},
    {ipv4({192, 0, 0, 0}, 24), AddressKind::reserved},
    {ipv4({192, 0, 2, 0}, 24), AddressKind::reserved},
    {ipv4({192, 88, 99, 0}, 24), AddressKind::reserved},
    {ipv4({192, 168, 0, 0}, 16), AddressKind::private_use},
    {ipv4({198, 18, 0, 0}, 15), AddressKind::reserved},
    {ipv4({198, 51, 100, 0}, 24), AddressKind::reserved},
    {ipv4({203, 0, 113, 0}, 24), AddressKind::reserved},
    {ipv4({224, 0, 0, 0}, 4), AddressKind::multicast},
    {ipv4({255, 255, 255, 255}, 32), AddressKind::broadcast},
    {ipv4({240, 0, 0, 0}, 4), AddressKind::reserved},
    {ipv6({}, 128), AddressKind::unspecified},
    {ipv6({0, 0, 0, 0, 0, 0, 0, 1}, 128), AddressKind::loopback},
    {ipv6({0x2001}, 23), AddressKind::reserved},
    {ipv6({0x2001, 0xdb8}, 32), AddressKind::reserved},
    {ipv6({0x3fff}, 20), AddressKind::reserved},
    {ipv6({0xfc00}, 7), AddressKind::unique_local},
    {ipv6({0xfe80}, 10), AddressKind::link_local},
    {ipv6({0xfec0}, 10), AddressKind::private_use},
    {ipv6({0xff00}, 8), AddressKind::multicast},
};

// The IPv4 address inside; `mask` is how its bits were turned over.
AddressKind classify_embedded(const IpAddress& address, std::size_t offset, std::uint8_t mask = 0) {
  Ipv4Bytes bytes{};
  std::transform(address.bytes.begin() + offset, address.bytes.begin() + offset + bytes.size(), bytes.begin(),
                 [mask](std::uint8_t byte) { return static_cast<std::uint8_t>(byte ^ mask); });
  return classify(mapped(bytes));
}

// RFC 4380 §4: the relay's address, and that of the host behind it, inverted.
AddressKind classify_teredo(const IpAddress& address) {
  auto server = classify_embedded(address, 4);
  return server == AddressKind::global ? classify_embedded(address, 12, 0xff) : server;
}

// Nothing on the internet has such an address any more, whatever is inside.
AddressKind classify_compatible(const IpAddress& address) {
  auto kind = classify_embedded(address, 12);
  return kind == AddressKind::global ? AddressKind::reserved : kind;
}

} // namespace

AddressKind classify(const IpAddress& address) {
  if (nat64.contains(address))
    return classify_embedded(address, 12);
  if (six_to_four.contains(address))
    return classify_embedded(address, 2);
  if (teredo.contains(address))
    return classify_teredo(address);
  for (const auto& special : special_ranges)
    if (special.range.contains(address))
      return special.kind;
  if (ipv4_compatible.contains(address))
    return classify_compatible(address);
  return address.is_ipv4() || global_unicast.contains(address) ? AddressKind::global : AddressKind::reserved;
}

std::string_view describe(AddressKind kind) {
  switch (kind) {
  case AddressKind::global:
    return "a public address";
  case AddressKind::loopback:
    return "a loopback address";
  case AddressKind::private_use:
    return "a private address";
  case AddressKind::link_local:
    return "a link-local address";
  case AddressKind::unique_local:
    return "a unique-local address";
  case AddressKind::unspecified:
    return "an unspecified address";
  case AddressKind::shared:
    return "a carrier-grade NAT address";
  case AddressKind::multicast:
    return "a multicast address";
  case AddressKind::broadcast:
    return "a broadcast address";
  case AddressKind::reserved:
    return "a reserved address";
  }
  return "an address";
}

} // namespace sluice::core
