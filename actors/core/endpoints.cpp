#include "actors/core/endpoints.hpp"

#include <algorithm>

namespace sluice::core {

namespace {

auto find_name(std::vector<Endpoint>& endpoints, const std::string& name) {
  if (name.empty())
    return endpoints.end();
  return std::find_if(endpoints.begin(), endpoints.end(), [&](const Endpoint& each) { return each.name == name; });
}

auto find_url(std::vector<Endpoint>& endpoints, const std::string& url) {
  return std::find_if(endpoints.begin(), endpoints.end(), [&](const Endpoint& each) { return each.url == url; });
}

} // namespace

void put(std::vector<Endpoint>& endpoints, const Endpoint& one) {
  if (find_name(endpoints, one.name) != endpoints.end())
    std::erase_if(endpoints, [&](const Endpoint& each) { return each.url == one.url && each.name != one.name; });
  if (auto named = find_name(endpoints, one.name); named != endpoints.end())
    named->url = one.url;
  else if (auto same = find_url(endpoints, one.url); same == endpoints.end())
    endpoints.push_back(one);
  else if (!one.name.empty())
    same->name = one.name;
}

void remove(std::vector<Endpoint>& endpoints, const EndpointSelector& which) {
  std::erase_if(endpoints, [&](const Endpoint& each) {
    return (!which.url || each.url == *which.url) && (!which.name || each.name == *which.name);
  });
}

} // namespace sluice::core
