#include "actors/core/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <bit>

namespace sluice::core {

namespace {

constexpr IpAddress ipv6_loopback{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
constexpr IpAddress ipv4_loopback = mapped({127, 0, 0, 1});
constexpr std::size_t mapped_prefix = 12; // Bytes.

IpAddress from(const in_addr& address) { return mapped(std::bit_cast<Ipv4Bytes>(address)); }

bool is_local_name(std::string_view host) { return host == "localhost" || host.ends_with(".localhost"); }

} // namespace

bool IpAddress::is_ipv4() const noexcept {
  static constexpr auto prefix = mapped({}).bytes;
  return std::equal(bytes.begin(), bytes.begin() + mapped_prefix, prefix.begin());
}

std::optional<IpAddress> parse_ip_address(std::string_view text) {
  if (text.find('\0') != std::string_view::npos)
    return std::nullopt;
  const std::string whole(text);
  if (in_addr ipv4{}; inet_pton(AF_INET, whole.c_str(), &ipv4) == 1)
    return from(ipv4);
  IpAddress address;
  if (inet_pton(AF_INET6, whole.substr(0, whole.find('%')).c_str(), address.bytes.data()) == 1)
    return address;
  return std::nullopt;
}

std::string to_text(const IpAddress& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.is_ipv4())
    inet_ntop(AF_INET, address.bytes.data() + mapped_prefix, text, sizeof text);
  else
    inet_ntop(AF_INET6, address.bytes.data(), text, sizeof text);
  return text;
}

std::vector<IpAddress> known_addresses(std::string_view host) {
  if (host.ends_with('.'))
    host.remove_suffix(1);
  if (is_local_name(host))
    return {ipv6_loopback, ipv4_loopback};
  if (auto address = parse_ip_address(host))
    return {*address};
  if (in_addr ipv4{}; inet_aton(std::string(host).c_str(), &ipv4) != 0)
    return {from(ipv4)};
  return {};
}

bool AddressRange::contains(const IpAddress& address) const noexcept {
  if (prefix_length < mapped_prefix * 8 && address.is_ipv4())
    return false;
  const auto whole = prefix_length / 8;
  if (!std::equal(first.bytes.begin(), first.bytes.begin() + whole, address.bytes.begin()))
    return false;
  const auto rest = prefix_length % 8;
  return rest == 0 || ((first.bytes[whole] ^ address.bytes[whole]) >> (8 - rest)) == 0;
}

} // namespace sluice::core
