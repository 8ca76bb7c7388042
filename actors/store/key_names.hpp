// Numbers for the names of keys, so that a waitlist entry is short. For the writer's thread.
#pragma once

#include <string>
#include <unordered_map>

#include "actors/store/database.hpp"

namespace sluice {

class KeyNames {
public:
  explicit KeyNames(Database& database);

  /// The number of a name, which is given one if it is new.
  std::int64_t id_of(const std::string& name);
  /// Gives up the key's state. The name keeps its number, under which messages may wait.
  void drop(const std::string& name);
  /// Forgets what was known of the tables: a transaction did not come about.
  void forget() { known_.clear(); }

private:
  std::optional<std::int64_t> find(const std::string& name);

  Database& database_;
  Statement find_;
  Statement insert_;
  Statement empty_;
  std::unordered_map<std::string, std::int64_t> known_;
};

/// Removes names that nothing uses any more, if there are many. At the opening, because it looks at every message.
void remove_unused_key_names(Database& database);

} // namespace sluice
