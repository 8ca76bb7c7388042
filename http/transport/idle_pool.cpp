#include "http/transport/idle_pool.hpp"

#include <algorithm>

namespace sluice::http {

IdlePool::~IdlePool() {
  for (auto& entry : entries_)
    entry.connection->close();
}

std::shared_ptr<Connection> IdlePool::take(const std::string& origin, TimePoint now) {
  for (auto found = origins_.find(origin); found != origins_.end(); found = origins_.find(origin)) {
    auto newest = found->second.back();
    auto connection = newest->connection;
    auto is_good = now < newest->until && connection->is_quiet();
    erase(*newest);
    if (is_good)
      return connection;
    connection->close();
  }
  return nullptr;
}

void IdlePool::put(std::string origin, std::shared_ptr<Connection> connection, TimePoint until) {
  if (max_connections_ == 0)
    return connection->close();
  if (entries_.size() >= max_connections_) {
    entries_.front().connection->close();
    erase(entries_.front());
  }
  auto& entry = entries_.emplace_back(*this, std::move(origin), std::move(connection), until);
  entry.connection->rest(entry);
  origins_[entry.origin].push_back(std::prev(entries_.end()));
}

void IdlePool::close_expired(TimePoint now) {
  for (auto next = entries_.begin(); next != entries_.end();) {
    auto& entry = *next++;
    if (now < entry.until)
      continue;
    entry.connection->close();
    erase(entry);
  }
}

void IdlePool::erase(const Entry& entry) {
  auto origin = origins_.find(entry.origin);
  auto& members = origin->second;
  auto member = std::find_if(members.rbegin(), members.rend(), [&](auto each) { return &*each == &entry; });
  auto position = *member;
  members.erase(std::next(member).base());
  if (members.empty())
    origins_.erase(origin);
  entries_.erase(position);
}

} // namespace sluice::http
