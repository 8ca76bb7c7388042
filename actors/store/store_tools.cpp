#include "actors/store/store_tools.hpp"

#include <filesystem>
#include <memory>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "actors/crash_point.hpp"
#include "actors/store/database.hpp"
#include "actors/store/schema.hpp"
#include "actors/store/store_check.hpp"
#include "actors/store/store_directory.hpp"

namespace sluice {

namespace {

namespace fs = std::filesystem;

constexpr int pages_per_step = 2048; // Eight MiB; between two steps the copy can be interrupted.

Error system_error(const std::string& path) {
  return {ErrorCode::io_error, path + ": " + std::error_code(errno, std::system_category()).message() + '.'};
}

// Opens a store that is there, for reading; whoever has it open is not disturbed.
Result<std::unique_ptr<Database>> open_existing(const std::string& file) {
  std::error_code ignored;
  if (!fs::exists(file, ignored))
    return Error{ErrorCode::not_found, file + " does not exist."};
  // Not read-only: after a kill the log's index has to be made again.
  auto database = Database::open(file, Database::Access::write);
  if (!database)
    return database;
  // It is the server that copies the log, also at its next start.
  sqlite3_db_config((*database)->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  if (auto usable = check_schema(**database, file); !usable)
    return usable.error();
  if ((*database)->number("PRAGMA user_version") == 0)
    return Error{ErrorCode::store_unusable, file + " is empty."};
  return database;
}

Result<void> check(const std::string& file) {
  auto database = open_existing(file);
  if (!database)
    return database.error();
  // One moment for all of it. An older store is brought up to date for the look alone.
  const auto is_old = (*database)->number("PRAGMA user_version") < schema_version;
  (*database)->run(is_old ? "BEGIN IMMEDIATE" : "BEGIN");
  if (is_old)
    bring_up_to_date(**database);
  std::string report;
  for (const auto& finding : find_damage(**database))
    report += "\n  " + finding;
  if ((*database)->failed())
    report += "\n  " + (*database)->error().message;
  if (!report.empty())
    return Error{ErrorCode::store_unusable, file + " is damaged:" + report};
  return {};
}

// A reader's copy of one moment: the transaction keeps commits of a server out of it.
bool copy_pages(Database& from, Database& to) {
  from.run("BEGIN; SELECT 1 FROM header");
  auto backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  if (!backup)
    return to.check(sqlite3_errcode(to.handle()));
  int code = SQLITE_OK;
  while (code == SQLITE_OK) {
    SLUICE_CRASH_POINT("store.backup");
    code = sqlite3_backup_step(backup, pages_per_step);
  }
  sqlite3_backup_finish(backup);
  return to.check(code) && from.run("COMMIT");
}

Result<void> sync_file(const std::string& file) {
  auto handle = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (handle < 0)
    return system_error(file);
  auto done = fsync(handle);
  auto result = done == 0 ? Result<void>() : system_error(file);
  close(handle);
  return result;
}

// A copy in one file, without a log beside it.
Result<void> copy(const std::string& source, const std::string& target) {
  auto from = open_existing(source);
  if (!from)
    return from.error();
  auto to = Database::open(target, Database::Access::create);
  if (!to)
    return to.error();
  if (!copy_pages(**from, **to) || !(*to)->run("PRAGMA journal_mode = DELETE"))
    return (*from)->failed() ? (*from)->error() : (*to)->error();
  to.value().reset();
  return sync_file(target);
}

// Whole or not there: made under another name, and given its own once it is safe.
Result<void> copy_whole(const std::string& source, const std::string& target) {
  auto unfinished = target + ".part";
  std::error_code error;
  fs::remove(unfinished, error);
  auto copied = copy(source, unfinished);
  if (copied) {
    fs::rename(unfinished, target, error);
    if (!error)
      return sync_directory(fs::absolute(target).parent_path().string());
    copied = Error{ErrorCode::io_error, target + ": " + error.message() + '.'};
  }
  std::error_code ignored;
  for (auto rest : {"", "-journal", "-wal", "-shm"})
    fs::remove(unfinished + rest, ignored);
  return copied;
}

} // namespace

Result<void> verify(const std::string& directory) { return check(StoreFiles(directory).database); }

Result<void> backup(const std::string& directory, const std::string& file) {
  std::error_code ignored;
  if (fs::exists(file, ignored))
    return invalid("file", file + " exists.");
  return copy_whole(StoreFiles(directory).database, file);
}

Result<void> restore(const std::string& file, const std::string& directory) {
  std::error_code ignored;
  if (fs::exists(directory, ignored) && !fs::is_empty(directory, ignored))
    return invalid("directory", directory + " is not empty.");
  if (auto whole = check(file); !whole)
    return whole;
  if (auto made = make_directory(directory); !made)
    return made;
  auto lock = DirectoryLock::take(directory);
  if (!lock)
    return lock.error();
  return copy_whole(file, StoreFiles(directory).database);
}

} // namespace sluice
