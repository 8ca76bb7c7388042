#include "http/program/values.hpp"

#include <array>

#include <arpa/inet.h>

#include "actors/core/number.hpp"

namespace sluice::program {

namespace {

constexpr std::int64_t most_bytes = std::int64_t{1} << 50;

struct Unit {
  std::string_view name;
  int shift;
};

constexpr std::array units = {Unit{"", 0}, Unit{"KiB", 10}, Unit{"MiB", 20}, Unit{"GiB", 30}, Unit{"TiB", 40}};

bool is_numeric(const std::string& host) {
  in6_addr address;
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 || ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

// Only an address with colons of its own needs brackets, and only it may have them.
std::optional<std::string> read_host(std::string_view text) {
  if (text == "localhost")
    return "127.0.0.1";
  bool has_brackets = text.size() >= 2 && text.front() == '[' && text.back() == ']';
  std::string host(has_brackets ? text.substr(1, text.size() - 2) : text);
  bool has_colon = host.find(':') != std::string::npos;
  if (has_brackets != has_colon || !is_numeric(host))
    return std::nullopt;
  return host;
}

} // namespace

std::optional<std::int64_t> read_number(std::string_view text, std::int64_t least, std::int64_t most) {
  auto number = core::parse_integer(text);
  return number && *number >= least && *number <= most ? number : std::nullopt;
}

std::optional<std::size_t> read_bytes(std::string_view text) {
  auto digits = core::leading_digits(text);
  for (const auto& unit : units)
    if (text.substr(digits) == unit.name)
      if (auto number = read_number(text.substr(0, digits), 0, most_bytes >> unit.shift))
        return static_cast<std::size_t>(*number) << unit.shift;
  return std::nullopt;
}

std::optional<HostAndPort> read_address(std::string_view text) {
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return std::nullopt;
  auto host = read_host(text.substr(0, colon));
  auto port = read_number(text.substr(colon + 1), 0, 65'535);
  if (!host || !port)
    return std::nullopt;
  return HostAndPort{*host, static_cast<std::uint16_t>(*port)};
}

} // namespace sluice::program
