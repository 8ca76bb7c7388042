// The calls about URL groups. All groups are in memory as they were sequenced: a publish finds what it names without a read.
#pragma once

#include <functional>
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
  Result<UrlGroup> find(const UrlGroupName& name) const;
  std::vector<UrlGroup> list() const;

private:
  void put(UrlGroup group, AuditEntry entry, Reply<void> reply);
  void drop(const UrlGroupName& name, AuditEntry entry, Reply<void> reply);
  void commit(const UrlGroupName& name, AuditEntry entry, Reply<void> reply);
  AuditEntry audit(std::string action, const UrlGroupName& name, Operator by, std::string detail) const;
  void reload(const UrlGroupName& name);

  Workplace& place_;
  std::map<UrlGroupName, UrlGroup> groups_;
};

} // namespace sluice
