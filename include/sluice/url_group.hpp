// URL groups: one publish, and a message for each endpoint (spec §2.9, §6.6). The wire calls them topics.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sluice/ids.hpp"
#include "sluice/message.hpp"
#include "sluice/time.hpp"

namespace sluice {

/// Where one message of each publish to a group goes.
struct Endpoint {
  std::string url; ///< As that of a publish.
  std::string name{}; ///< 1 to 256 bytes of `A-Z a-z 0-9 _ . -`, once in its group; empty for none.

  bool operator==(const Endpoint&) const = default;
};

/// A group at one moment. Messages that were accepted before a change keep their endpoint.
struct UrlGroup {
  UrlGroupName name;
  WallTime created_at{};
  WallTime updated_at{};
  std::vector<Endpoint> endpoints{}; ///< In the order in which they were added.
  /// Headers of a publish over HTTP, such as `Upstash-Retries`, for what the request does not say itself.
  Headers defaults{};

  bool operator==(const UrlGroup&) const = default;
};

/// `UrlGroup::defaults` of some groups.
using UrlGroupDefaults = std::map<UrlGroupName, Headers>;

/// Selects the endpoints that have every part that is given; at least one must be.
struct EndpointSelector {
  std::optional<std::string> url{};
  std::optional<std::string> name{};
};

} // namespace sluice
