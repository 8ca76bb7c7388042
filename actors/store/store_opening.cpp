#include "actors/store/store_opening.hpp"

#include <fstream>

#include <sys/stat.h>

#include "actors/crash_point.hpp"
#include "actors/store/key_names.hpp"
#include "actors/store/schema.hpp"

namespace sluice {

namespace {

// Deleted bodies need not be overwritten: the directory is its owner's alone.
constexpr auto settings = "PRAGMA page_size = 4096; PRAGMA secure_delete = OFF; PRAGMA cache_size = -16384; "
                          "PRAGMA journal_size_limit = 67108864; PRAGMA journal_mode = WAL";

Error about(const std::string& file, const Database& database) {
  auto error = database.error();
  if (error.code == ErrorCode::store_unusable)
    error.message = file + " is damaged, or not a store of sluice.";
  return error;
}

Result<void> prepare(Database& database, const std::string& file, Durability durability) {
  if (auto usable = check_schema(database, file); !usable)
    return usable;
  database.run(settings);
  database.run(durability == Durability::full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  if (database.failed())
    return about(file, database);
  if (database.text("PRAGMA journal_mode") != "wal")
    return Error{ErrorCode::io_error, file + " cannot have a write-ahead log on this file system."};
  return migrate(database);
}

// A new generation: from now on older ones are refused.
bool take_over(OpenedStore& store, const std::string& boot_id) {
  auto& database = *store.database;
  database.run("BEGIN IMMEDIATE");
  Statement read(database, "SELECT generation, origin, clean, boot, boot_generation, last_sequence FROM header");
  {
    auto rows = read.query();
    if (!rows.next())
      return database.fail_as_corrupt("it has no header");
    store.opening = {rows.sequence(0) + 1, rows.sequence(1), rows.number(2) != 0};
    auto same_boot = !boot_id.empty() && rows.bytes(3) == boot_id;
    store.first_of_boot = same_boot ? rows.sequence(4) : store.opening.generation;
    store.last_sequence = rows.sequence(5);
  }
  Statement write(database, "UPDATE header SET generation = ?, clean = 0, boot = ?, boot_generation = ?");
  write.run(store.opening.generation, boot_id, store.first_of_boot);
  remove_unused_key_names(database);
  SLUICE_CRASH_POINT("store.open.before_commit");
  return database.run("COMMIT");
}

} // namespace

std::string system_boot_id() {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
  return id;
}

Result<OpenedStore> open_store(const std::string& directory, Durability durability, const std::string& boot_id,
                               const std::string& vfs) {
  if (auto made = make_directory(directory); !made)
    return made.error();
  auto lock = DirectoryLock::take(directory);
  if (!lock)
    return lock.error();
  auto file = StoreFiles(directory).database;
  auto database = Database::open(file, Database::Access::create, vfs);
  if (!database)
    return database.error();
  SLUICE_CRASH_POINT("store.open.before_tables");
  if (auto prepared = prepare(**database, file, durability); !prepared)
    return prepared.error();
  OpenedStore store{std::move(lock.value()), std::move(database.value()), {}, 0, 0};
  if (!take_over(store, boot_id))
    return about(file, *store.database);
  if (auto synced = sync_directory(directory); !synced)
    return synced.error();
  return store;
}

} // namespace sluice
