// Connections that wait for another request to their origin. A connection leaves the pool
// when it is taken, when its time is over, when newer ones need the room, or the moment its
// peer closes it or says anything.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "http/transport/connection.hpp"
#include "sluice/time.hpp"

namespace sluice::http {

class IdlePool {
public:
  explicit IdlePool(std::size_t max_connections) : max_connections_(max_connections) {}
  /// Closes them all.
  ~IdlePool();
  IdlePool(const IdlePool&) = delete;
  IdlePool& operator=(const IdlePool&) = delete;

  /// The connection to `origin` that was used last, if one is still good; else null.
  std::shared_ptr<Connection> take(const std::string& origin, TimePoint now);

  /// Keeps `connection`, which must be idle, no longer than to `until`.
  void put(std::string origin, std::shared_ptr<Connection> connection, TimePoint until);

  void close_expired(TimePoint now);
  bool empty() const noexcept { return entries_.empty(); }

private:
  struct Entry final : Connection::User {
    Entry(IdlePool& owner, std::string name, std::shared_ptr<Connection> kept, TimePoint end)
        : pool(owner), origin(std::move(name)), connection(std::move(kept)), until(end) {}
    void on_failure(std::string) override { pool.erase(*this); }

    IdlePool& pool;
    std::string origin;
    std::shared_ptr<Connection> connection;
    TimePoint until;
  };
  using Entries = std::list<Entry>;

  void erase(const Entry& entry);

  std::size_t max_connections_;
  Entries entries_; // The oldest first.
  std::unordered_map<std::string, std::vector<Entries::iterator>> origins_; // The oldest first; none is empty.
};

} // namespace sluice::http
