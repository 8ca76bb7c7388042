// The calls about URL groups. All groups are in memory as they were sequenced: a publish finds what it names without a read.
#pragma once

#include <map>

#include "actors/workplace.hpp"

namespace sluice {

class UrlGroupDesk {
public:
  explicit UrlGroupDesk(Workplace& place);

  void add_endpoints(const UrlGroupName& name, const std::vector<Endpoint>& endpoints, Operator by, Reply<void> reply);
  void remove_endpoints(const UrlGroupName& name, const std::vector<EndpointSelector>& which, Operator by,
                        Reply<void> reply);
  void set_defaults(const UrlGroupName& name, Headers defaults, Operator by, Reply<void> reply);
  void remove(const UrlGroupName& name, Operator by, Reply<void> reply);
  /// Null if there is none; valid until the next change.
  const UrlGroup* find(const UrlGroupName& name) const;
  static Error unknown(const UrlGroupName& name);
  std::vector<UrlGroup> list() const;
  UrlGroupDefaults defaults(const std::vector<UrlGroupName>& names) const;

private:
  void put(UrlGroup group, Reply<void> reply);
  void drop(const UrlGroupName& name, Reply<void> reply);
  void commit(UrlGroupName name, Reply<void> reply);
  void reload(const UrlGroupName& name);

  Workplace& place_;
  std::map<UrlGroupName, UrlGroup> groups_;
};

} // namespace sluice
