// What an address is good for: the whole internet, or something nearer that a message from
// outside must not reach by itself (IANA's special-purpose registries, RFC 6890).
#pragma once

#include <string_view>

#include "actors/core/ip_address.hpp"

namespace sluice::core {

enum class AddressKind {
  global, ///< An ordinary public address.
  loopback,
  private_use, ///< RFC 1918, and the former site-local addresses of IPv6.
  link_local, ///< With the metadata services of cloud platforms.
  unique_local, ///< The private addresses of IPv6 (RFC 4193).
  unspecified, ///< 0.0.0.0/8 and `::`; systems take them for the own host.
  shared, ///< Behind a carrier's NAT (RFC 6598).
  multicast,
  broadcast,
  reserved, ///< Documentation, benchmarks, protocols, and all that is not assigned.
};

/// Addresses that lead to an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo) are of
/// the kind of that address. The local-use NAT64 prefix 64:ff9b:1::/48 is reserved as a
/// whole: where it carries the IPv4 address is known to its operator alone.
AddressKind classify(const IpAddress& address);

/// With its article, for a message: `a loopback address`.
std::string_view describe(AddressKind kind);

} // namespace sluice::core
