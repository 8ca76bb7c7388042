#include "actors/core/outgoing_check.hpp"

#include <algorithm>

#include "actors/core/characters.hpp"
#include "actors/core/text.hpp"

namespace sluice::core {

namespace {

bool begins_with(std::string_view name, std::string_view prefix) {
  return equals_ignoring_case(name.substr(0, prefix.size()), prefix);
}

// A name that is not a token may hold anything; an error must not carry it on.
std::string printable(std::string_view name) {
  std::string text(name.substr(0, 64));
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

} // namespace

Result<void> check_outgoing(const Headers& headers) {
  for (const auto& header : headers) {
    if (!is_token(header.name))
      return invalid(printable(header.name), "\"" + printable(header.name) + "\" is not the name of a header");
    if (!is_field_value(header.value))
      return invalid(header.name, "the value of header " + header.name +
                                      " may have no control character but the tab: " + quoted(header.value));
  }
  return {};
}

Result<void> check_outgoing_target(std::string_view target) {
  if (!is_target(target) || target.front() != '/')
    return invalid("destination", "the path of the destination has a character that may not be sent");
  return {};
}

bool belongs_to_transport(std::string_view name) {
  static constexpr std::string_view names[] = {
      "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect"};
  return begins_with(name, "proxy-") ||
         std::any_of(std::begin(names), std::end(names), [&](auto each) { return equals_ignoring_case(name, each); });
}

bool is_reserved_outgoing(std::string_view name) {
  return begins_with(name, "upstash-") || equals_ignoring_case(name, "user-agent") ||
         equals_ignoring_case(name, hops_header) || belongs_to_transport(name);
}

} // namespace sluice::core
