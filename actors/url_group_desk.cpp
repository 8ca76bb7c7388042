#include "actors/url_group_desk.hpp"

#include "actors/core/endpoints.hpp"
#include "actors/crash_point.hpp"

namespace sluice {

namespace {

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
  const auto* known = find(name);
  if (!known && groups_.size() >= place_.options.max_url_groups)
    return reply(too_many("urlGroup", place_.options.max_url_groups, "URL groups"));
  auto group = known ? *known : UrlGroup{name, place_.now().wall};
  for (const auto& endpoint : endpoints)
    core::put(group.endpoints, endpoint);
  if (group.endpoints.size() > place_.options.max_endpoints)
    return reply(too_many("endpoints", place_.options.max_endpoints, "endpoints in a URL group"));
  place_.audit(std::move(by), "addEndpoints", name.text,
               list_of(endpoints, [](const Endpoint& each) { return each.url; }));
  put(std::move(group), std::move(reply));
}

void UrlGroupDesk::remove_endpoints(const UrlGroupName& name, const std::vector<EndpointSelector>& which, Operator by,
                                    Reply<void> reply) {
  const auto* known = find(name);
  if (!known)
    return reply(unknown(name));
  auto group = *known;
  for (const auto& selector : which)
    core::remove(group.endpoints, selector);
  place_.audit(std::move(by), "removeEndpoints", name.text, list_of(which, text_of));
  if (group.endpoints.empty())
    return drop(name, std::move(reply));
  put(std::move(group), std::move(reply));
}

void UrlGroupDesk::set_defaults(const UrlGroupName& name, Headers defaults, Operator by, Reply<void> reply) {
  const auto* known = find(name);
  if (!known)
    return reply(unknown(name));
  auto group = *known;
  group.defaults = std::move(defaults);
  place_.audit(std::move(by), "setDefaults", name.text,
               list_of(group.defaults, [](const Header& each) { return each.name; }));
  put(std::move(group), std::move(reply));
}

void UrlGroupDesk::remove(const UrlGroupName& name, Operator by, Reply<void> reply) {
  if (!find(name))
    return reply({});
  place_.audit(std::move(by), "deleteUrlGroup", name.text);
  drop(name, std::move(reply));
}

const UrlGroup* UrlGroupDesk::find(const UrlGroupName& name) const {
  auto found = groups_.find(name);
  return found == groups_.end() ? nullptr : &found->second;
}

Error UrlGroupDesk::unknown(const UrlGroupName& name) {
  return {ErrorCode::not_found, "URL Group " + name.text + " not found", "urlGroup"};
}

std::vector<UrlGroup> UrlGroupDesk::list() const {
  std::vector<UrlGroup> all;
  for (const auto& [name, group] : groups_)
    all.push_back(group);
  return all;
}

UrlGroupDefaults UrlGroupDesk::defaults(const std::vector<UrlGroupName>& names) const {
  UrlGroupDefaults all;
  for (const auto& name : names)
    if (const auto* group = find(name))
      all.emplace(name, group->defaults);
  return all;
}

void UrlGroupDesk::put(UrlGroup group, Reply<void> reply) {
  group.updated_at = place_.now().wall;
  auto name = group.name;
  place_.sequencer.add(PutUrlGroup{std::make_shared<const UrlGroup>(group)});
  groups_.insert_or_assign(name, std::move(group));
  commit(std::move(name), std::move(reply));
}

void UrlGroupDesk::drop(const UrlGroupName& name, Reply<void> reply) {
  groups_.erase(name);
  place_.sequencer.add(DropUrlGroup{name});
  commit(name, std::move(reply));
}

void UrlGroupDesk::commit(UrlGroupName name, Reply<void> reply) {
  place_.sequencer.submit([this, name = std::move(name), reply = std::move(reply)](const Result<void>& stored) {
    SLUICE_CRASH_POINT("url_group.committed");
    if (!stored)
      reload(name);
    reply(stored);
  });
}

// What was refused took with it all that was sequenced behind it.
void UrlGroupDesk::reload(const UrlGroupName& name) {
  groups_.erase(name);
  if (auto stored = place_.store.url_group(name))
    groups_.emplace(name, std::move(*stored));
}

} // namespace sluice
