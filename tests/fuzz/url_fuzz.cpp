// A URL that is accepted consists of its parts, and its host leads where the system's resolver thinks it leads.
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "actors/core/address_kind.hpp"
#include "actors/core/url.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace sluice;
using namespace sluice::core;
using namespace sluice::test;

namespace {

// What the system makes of a numeric host, without any look-up.
std::optional<IpAddress> resolve_numeric(const std::string& host) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0)
    return std::nullopt;
  IpAddress address;
  if (found->ai_family == AF_INET) {
    Ipv4Bytes bytes{};
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in*>(found->ai_addr)->sin_addr, bytes.size());
    address = mapped(bytes);
  } else {
    std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in6*>(found->ai_addr)->sin6_addr, 16);
  }
  freeaddrinfo(found);
  return address;
}

void check_host(const std::string& host) {
  auto known = known_addresses(host);
  if (auto resolved = resolve_numeric(host))
    require(std::find(known.begin(), known.end(), *resolved) != known.end(), "every numeric spelling is known");
  for (const auto& address : known) {
    auto again = parse_ip_address(to_text(address));
    require(again && *again == address, "an address is what its text says");
    require(!describe(classify(address)).empty(), "every address has a kind");
  }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = as_text(data, size);
  auto url = parse_url(text);
  if (!url) {
    require(url.error().field == "destination", "the error names the destination");
    return 0;
  }
  auto rest = text.substr(url->scheme == Scheme::https ? 8 : 7);
  require(rest.substr(0, url->authority.size()) == url->authority, "the authority as written");
  rest.remove_prefix(url->authority.size());
  require(url->target == rest || url->target == "/" + std::string(rest), "the target as written");
  require(url->target.front() == '/', "the target begins with a slash");
  require(url->port > 0, "a port");
  require(std::none_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c >= 0x7f || c == '#'; }),
          "no byte that a request line may not have");
  check_host(url->host);
  return 0;
}
