#include "actors/core/url.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "actors/core/characters.hpp"
#include "actors/core/text.hpp"

namespace sluice::core {

namespace {

Error refused(std::string_view reason) {
  return invalid("destination", "invalid destination url: " + std::string(reason));
}

bool skip_scheme(std::string_view& text, std::string_view scheme) {
  if (!equals_ignoring_case(text.substr(0, scheme.size()), scheme))
    return false;
  text.remove_prefix(scheme.size());
  return true;
}

std::optional<Scheme> take_scheme(std::string_view& text) {
  if (skip_scheme(text, "http://"))
    return Scheme::http;
  if (skip_scheme(text, "https://"))
    return Scheme::https;
  return std::nullopt;
}

bool is_host_name(std::string_view host) {
  return std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '-' || c == '.' || c == '_';
  });
}

bool is_ipv6(std::string_view host) {
  in6_addr address{};
  return inet_pton(AF_INET6, std::string(host).c_str(), &address) == 1;
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  std::uint16_t port = 0;
  auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (problem != std::errc{} || end != digits.data() + digits.size() || port == 0)
    return std::nullopt;
  return port;
}

// Where the host ends and `:port` begins, if there is one.
std::size_t host_end(std::string_view authority) {
  if (authority.empty() || authority.front() != '[')
    return std::min(authority.find(':'), authority.size());
  auto bracket = authority.find(']');
  return bracket == std::string_view::npos ? authority.size() : bracket + 1;
}

Result<void> check_host(std::string_view host) {
  if (host.empty())
    return refused("the host is missing");
  if (host.size() > max_host_size)
    return refused("the host is longer than 255 bytes");
  bool is_literal = host.front() == '[';
  if (!is_literal && !is_host_name(host))
    return refused("the host has a character it may not have");
  if (is_literal && host.back() != ']')
    return refused("the bracket of the IPv6 address is not closed");
  if (is_literal && !is_ipv6(host.substr(1, host.size() - 2)))
    return refused("the host is not an IPv6 address");
  return {};
}

Result<void> read_authority(std::string_view authority, UrlParts& parts) {
  if (authority.find('@') != std::string_view::npos)
    return refused("user information before the host is not allowed");
  auto end = host_end(authority);
  parts.host = authority.substr(0, end);
  if (auto host = check_host(parts.host); !host)
    return host;
  parts.authority = authority;
  if (end == authority.size())
    return {};
  auto port = authority[end] == ':' ? parse_port(authority.substr(end + 1)) : std::nullopt;
  if (!port)
    return refused("the port is not a number from 1 to 65535");
  parts.port = *port;
  return {};
}

// What follows the scheme.
Result<UrlParts> split_rest(std::string_view text, Scheme scheme) {
  if (text.empty())
    return refused("the host is missing");
  if (!is_target(text) || text.find('\\') != std::string_view::npos)
    return refused("it has a blank, a control character, a non-ASCII character, # or a backslash");
  UrlParts parts;
  parts.scheme = scheme;
  parts.port = scheme == Scheme::https ? 443 : 80;
  auto end = std::min({text.find('/'), text.find('?'), text.size()});
  parts.target = text.substr(end);
  if (auto authority = read_authority(text.substr(0, end), parts); !authority)
    return authority.error();
  return parts;
}

} // namespace

Result<UrlParts> split_url(std::string_view text) {
  if (text.size() > max_url_size)
    return refused("it has " + std::to_string(text.size()) + " bytes, and may have at most 8192");
  auto rest = text;
  auto scheme = take_scheme(rest);
  if (!scheme)
    return refused("endpoint has invalid scheme, add http:// or https://");
  auto parts = split_rest(rest, *scheme);
  if (!parts)
    parts.error().message += ": " + quoted(text);
  return parts;
}

Result<Url> parse_url(std::string_view text) {
  auto parts = split_url(text);
  if (!parts)
    return parts.error();
  Url url;
  url.scheme = parts->scheme;
  url.host = parts->host.front() == '[' ? parts->host.substr(1, parts->host.size() - 2) : parts->host;
  std::transform(url.host.begin(), url.host.end(), url.host.begin(), to_lower);
  url.port = parts->port;
  url.authority = parts->authority;
  url.target.reserve(parts->target.size() + 1);
  if (parts->target.empty() || parts->target.front() != '/')
    url.target = '/';
  url.target += parts->target;
  return url;
}

} // namespace sluice::core
