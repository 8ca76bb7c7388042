#include "actors/core/address_policy.hpp"

#include <algorithm>
#include <string>

#include "actors/core/address_kind.hpp"
#include "actors/core/characters.hpp"
#include "actors/core/number.hpp"
#include "actors/core/text.hpp"

namespace sluice::core {

namespace {

constexpr unsigned ipv4_offset = 96; // Where an IPv4 address begins in its mapped form.
constexpr AddressRange every_ipv4{mapped({}), ipv4_offset};
constexpr AddressRange every_ipv6{{}, 0};

Error refused(std::string_view entry, const std::string& reason) {
  return invalid("allow_destinations", "allowed destinations: " + quoted(entry) + " " + reason);
}

IpAddress first_of(IpAddress address, unsigned prefix_length) {
  for (unsigned bit = prefix_length; bit < 128; ++bit)
    address.bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> bit % 8));
  return address;
}

std::string range_text(const AddressRange& range) {
  const auto offset = range.first.is_ipv4() ? ipv4_offset : 0;
  return to_text(range.first) + "/" + std::to_string(range.prefix_length - offset);
}

Result<AddressRange> parse_range(std::string_view entry) {
  const auto slash = std::min(entry.find('/'), entry.size());
  const auto text = entry.substr(0, slash);
  const auto address = parse_ip_address(text);
  if (!address || text.find('%') != std::string_view::npos)
    return refused(entry, "is neither \"private\" nor an address or range such as 10.0.0.0/8 or fd00::/8");
  if (slash == entry.size())
    return AddressRange{*address};
  const auto offset = text.find(':') == std::string_view::npos ? ipv4_offset : 0;
  const auto length = parse_unsigned(entry.substr(slash + 1));
  if (!length || *length > 128 - offset)
    return refused(entry, "must have a prefix length of 0 to " + std::to_string(128 - offset));
  const auto prefix_length = offset + static_cast<unsigned>(*length);
  const AddressRange range{first_of(*address, prefix_length), prefix_length};
  if (range.first != *address)
    return refused(entry, "has bits set beyond its prefix; the range is " + range_text(range));
  return range;
}

Result<void> add_entry(std::string_view entry, std::vector<AddressRange>& allowed) {
  if (entry == "private") {
    allowed.insert(allowed.end(), {every_ipv4, every_ipv6});
    return {};
  }
  auto range = parse_range(entry);
  if (!range)
    return range.error();
  allowed.push_back(*range);
  return {};
}

} // namespace

bool AddressPolicy::permits(const IpAddress& address) const {
  return classify(address) == AddressKind::global ||
         std::any_of(allowed_.begin(), allowed_.end(), [&](const auto& range) { return range.contains(address); });
}

Result<AddressPolicy> parse_allow_list(std::string_view text) {
  std::vector<AddressRange> allowed;
  if (trim_blanks(text).empty())
    return AddressPolicy{};
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    if (auto added = add_entry(trim_blanks(text.substr(begin, end - begin)), allowed); !added)
      return added.error();
    begin = end + 1;
  }
  return AddressPolicy(std::move(allowed));
}

} // namespace sluice::core
