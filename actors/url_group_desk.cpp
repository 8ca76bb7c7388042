#include "actors/url_group_desk.hpp"

#include "actors/core/endpoints.hpp"
#include "actors/crash_point.hpp"

namespace sluice {

namespace {

Error too_many(std::size_t limit, const std::string& what) {
  return {ErrorCode::too_many, "there may be no more than " + std::to_string(limit) + ' ' + what, "endpoints"};
}

std::string text_of(const EndpointSelector& which) {
  return which.name.value_or("") + (which.name && which.url ? " " : "") + which.url.value_or("");
}

template <class Item, class Text>
std::string list_of(const std::vector<Item>& items, Text text) {
  std::string list;
  for (const auto& item : items)
    list.append(list.empty() ? "" : ", ").append(text(item));
  return list;
}

} // namespace

UrlGroupDesk::UrlGroupDesk(Workplace& place) : place_(place) {
  for (auto& group : place.store.url_groups())
    groups_.emplace(group.name, std::move(group));
}

void UrlGroupDesk::add_endpoints(const UrlGroupName& name, const std::vector<Endpoint>& endpoints, Operator by,
                                 Reply<void> reply) {
  auto known = groups_.find(name);
  if (known == groups_.end() && groups_.size() >= place_.options.max_url_groups)
    return reply(too_many(place_.options.max_url_groups, "URL groups"));
  auto group = known != groups_.end() ? known->second : UrlGroup{name, place_.now().wall};
  for (const auto& endpoint : endpoints)
    core::put(group.endpoints, endpoint);
  if (group.endpoints.size() > place_.options.max_endpoints)
    return reply(too_many(place_.options.max_endpoints, "endpoints in a URL group"));
  auto added = list_of(endpoints, [](const Endpoint& each) { return each.url; });
  put(std::move(group), audit("addEndpoints", name, std::move(by), std::move(added)), std::move(reply));
}

void UrlGroupDesk::remove_endpoints(const UrlGroupName& name, const std::vector<EndpointSelector>& which, Operator by,
                                    Reply<void> reply) {
  auto found = find(name);
  if (!found)
    return reply(found.error());
  for (const auto& selector : which)
    core::remove(found->endpoints, selector);
  auto entry = audit("removeEndpoints", name, std::move(by), list_of(which, text_of));
  if (found->endpoints.empty())
    return drop(name, std::move(entry), std::move(reply));
  put(*std::move(found), std::move(entry), std::move(reply));
}

void UrlGroupDesk::set_defaults(const UrlGroupName& name, Headers defaults, Operator by, Reply<void> reply) {
  auto found = find(name);
  if (!found)
    return reply(found.error());
  found->defaults = std::move(defaults);
  auto names = list_of(found->defaults, [](const Header& each) { return each.name; });
  put(*std::move(found), audit("setDefaults", name, std::move(by), std::move(names)), std::move(reply));
}

void UrlGroupDesk::remove(const UrlGroupName& name, Operator by, Reply<void> reply) {
  if (!groups_.contains(name))
    return reply({});
  drop(name, audit("deleteUrlGroup", name, std::move(by), {}), std::move(reply));
}

Result<UrlGroup> UrlGroupDesk::find(const UrlGroupName& name) const {
  auto found = groups_.find(name);
  if (found == groups_.end())
    return Error{ErrorCode::not_found, "URL Group " + name.text + " not found", "urlGroup"};
  return found->second;
}

std::vector<UrlGroup> UrlGroupDesk::list() const {
  std::vector<UrlGroup> all;
  for (const auto& [name, group] : groups_)
    all.push_back(group);
  return all;
}

void UrlGroupDesk::put(UrlGroup group, AuditEntry entry, Reply<void> reply) {
  group.updated_at = place_.now().wall;
  auto& kept = groups_[group.name];
  kept = std::move(group);
  place_.sequencer.add(PutUrlGroup{std::make_shared<const UrlGroup>(kept)});
  commit(kept.name, std::move(entry), std::move(reply));
}

void UrlGroupDesk::drop(const UrlGroupName& name, AuditEntry entry, Reply<void> reply) {
  groups_.erase(name);
  place_.sequencer.add(DropUrlGroup{name});
  commit(name, std::move(entry), std::move(reply));
}

void UrlGroupDesk::commit(const UrlGroupName& name, AuditEntry entry, Reply<void> reply) {
  place_.sequencer.add(AddAudit{std::make_shared<const AuditEntry>(std::move(entry))});
  place_.sequencer.submit([this, name, reply = std::move(reply)](const Result<void>& stored) {
    SLUICE_CRASH_POINT("url_group.committed");
    if (!stored)
      reload(name);
    reply(stored);
  });
}

AuditEntry UrlGroupDesk::audit(std::string action, const UrlGroupName& name, Operator by, std::string detail) const {
  return {place_.now().wall, std::move(by), std::move(action), name.text, std::move(detail)};
}

// What was refused took with it all that was sequenced behind it.
void UrlGroupDesk::reload(const UrlGroupName& name) {
  groups_.erase(name);
  if (auto stored = place_.store.url_group(name))
    groups_.emplace(name, std::move(*stored));
}

} // namespace sluice
