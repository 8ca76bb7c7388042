#include "actors/store/key_names.hpp"

namespace sluice {

namespace {

constexpr std::size_t max_known = 100'000;
constexpr std::int64_t many = 1000;

} // namespace

KeyNames::KeyNames(Database& database)
    : database_(database),
      find_(database, "SELECT id FROM keys WHERE name = ?"),
      insert_(database, "INSERT INTO keys(name, generation) VALUES (?, 0)"),
      empty_(database, "UPDATE keys SET record = NULL WHERE name = ?") {}

std::int64_t KeyNames::id_of(const std::string& name) {
  if (auto known = known_.find(name); known != known_.end())
    return known->second;
  auto id = find(name);
  if (!id) {
    insert_.run(name);
    id = database_.last_insert_id();
  }
  if (known_.size() >= max_known)
    known_.clear();
  known_.emplace(name, *id);
  return *id;
}

std::optional<std::int64_t> KeyNames::find(const std::string& name) {
  auto rows = find_.query(name);
  return rows.next() ? std::optional(rows.number(0)) : std::nullopt;
}

void KeyNames::drop(const std::string& name) { empty_.run(name); }

void remove_unused_key_names(Database& database) {
  if (database.number("SELECT count(*) FROM keys WHERE record IS NULL") >= many)
    database.run("DELETE FROM keys WHERE record IS NULL AND id NOT IN (SELECT key FROM messages)");
}

} // namespace sluice
