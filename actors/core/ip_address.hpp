// Numeric IP addresses and ranges of them. IPv4 addresses are kept as IPv4-mapped IPv6
// addresses (`::ffff:a.b.c.d`), so that the two spellings of one address are equal.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::core {

struct IpAddress {
  std::array<std::uint8_t, 16> bytes{}; ///< In network order.

  /// True for IPv4, mapped or not.
  bool is_ipv4() const noexcept;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

using Ipv4Bytes = std::array<std::uint8_t, 4>;

constexpr IpAddress mapped(const Ipv4Bytes& bytes) {
  return {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, bytes[0], bytes[1], bytes[2], bytes[3]}};
}

/// Reads `192.0.2.1`, four decimal numbers, or an IPv6 address without brackets. A zone
/// (`%eth0`) is left out: it says by which interface, not where to. Empty for anything else.
std::optional<IpAddress> parse_ip_address(std::string_view text);

/// As `parse_ip_address` reads it; mapped addresses as IPv4.
std::string to_text(const IpAddress& address);

/// The addresses that the host of a URL has without a look-up: those of `localhost` and of
/// names below it, or the one of a numeric host in any spelling that the system's resolver
/// takes, such as `127.1`, `0x7f.1` and `2130706433`. A dot at the end makes no difference.
/// Empty for other names. Precondition: `host` is as in `Url`.
std::vector<IpAddress> known_addresses(std::string_view host);

/// All addresses that begin with the same bits.
struct AddressRange {
  IpAddress first;
  unsigned prefix_length = 128; ///< Of the IPv6 form: an IPv4 `/8` is 104 here.

  /// IPv4 addresses are only in ranges of IPv4 addresses: `::/0` has none.
  bool contains(const IpAddress& address) const noexcept;
};

} // namespace sluice::core
