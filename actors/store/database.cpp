#include "actors/store/database.hpp"

#include <sqlite3.h>

namespace sluice {

namespace {

constexpr std::chrono::milliseconds lock_wait{5000};

int flags_of(Database::Access access) {
  switch (access) {
  case Database::Access::read:
    return SQLITE_OPEN_READONLY;
  case Database::Access::write:
    return SQLITE_OPEN_READWRITE;
  case Database::Access::create:
    break;
  }
  return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
}

ErrorCode code_of(int code) {
  switch (code & 0xff) {
  case SQLITE_FULL:
    return ErrorCode::insufficient_storage;
  case SQLITE_IOERR:
    // The log's index could not grow: its file lies on the same disk.
    return code == SQLITE_IOERR_SHMSIZE ? ErrorCode::insufficient_storage : ErrorCode::io_error;
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return ErrorCode::store_unusable;
  default:
    return ErrorCode::io_error;
  }
}

} // namespace

Result<std::unique_ptr<Database>> Database::open(const std::string& file, Access access, const std::string& vfs) {
  sqlite3* handle = nullptr;
  auto code = sqlite3_open_v2(file.c_str(), &handle, flags_of(access) | SQLITE_OPEN_NOMUTEX,
                              vfs.empty() ? nullptr : vfs.c_str());
  std::unique_ptr<Database> database(new Database(handle, file));
  if (!database->check(code))
    return database->error();
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, lock_wait.count());
  // It takes the place of SQLite's own checkpoints, which run inside a commit.
  auto note_frames = [](void* self, sqlite3*, const char*, int frames) {
    static_cast<Database*>(self)->log_frames_ = frames;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(handle, note_frames, database.get());
  return database;
}

Database::~Database() { sqlite3_close_v2(handle_); }

bool Database::run(const std::string& sql) {
  return !failed() && check(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr));
}

std::int64_t Database::number(const std::string& sql) {
  Statement statement(*this, sql);
  auto rows = statement.query();
  return rows.next() ? rows.number(0) : 0;
}

std::string Database::text(const std::string& sql) {
  Statement statement(*this, sql);
  auto rows = statement.query();
  return rows.next() ? std::string(rows.bytes(0)) : std::string();
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle_); }

std::int64_t Database::changed_rows() const { return sqlite3_changes64(handle_); }

Database::Checkpoint Database::checkpoint() {
  Checkpoint result;
  auto code =
      sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_PASSIVE, &result.log_frames, &result.copied_frames);
  // Somebody else is at it.
  if (code != SQLITE_BUSY)
    check(code);
  return result;
}

bool Database::sync_failed() const { return code_ == SQLITE_IOERR_FSYNC || code_ == SQLITE_IOERR_DIR_FSYNC; }

bool Database::is_corrupt() const { return code_of(code_) == ErrorCode::store_unusable; }

Error Database::error() const { return {code_of(code_), file_ + ": " + reason_ + '.'}; }

bool Database::check(int code) {
  if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW)
    return true;
  if (!failed()) {
    code_ = code;
    reason_ = handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
  }
  return false;
}

bool Database::fail_as_corrupt(std::string reason) {
  code_ = SQLITE_CORRUPT;
  reason_ = std::move(reason);
  return false;
}

Statement::Statement(Database& database, const std::string& sql) : database_(database) {
  if (!database_.failed())
    database_.check(
        sqlite3_prepare_v3(database_.handle(), sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &handle_, nullptr));
}

Statement::~Statement() { sqlite3_finalize(handle_); }

void Statement::bind(int index, const Value& value) {
  switch (value.kind()) {
  case Value::Kind::nothing:
    sqlite3_bind_null(handle_, index);
    break;
  case Value::Kind::number:
    sqlite3_bind_int64(handle_, index, value.number());
    break;
  case Value::Kind::bytes:
    // A null pointer would be NULL, not empty bytes.
    sqlite3_bind_blob64(handle_, index, value.bytes().empty() ? "" : value.bytes().data(), value.bytes().size(),
                        SQLITE_STATIC);
  }
}

bool Statement::Rows::next() {
  if (statement_->database_.failed())
    return false;
  auto code = sqlite3_step(statement_->handle_);
  return statement_->database_.check(code) && code == SQLITE_ROW;
}

Statement::Rows::~Rows() { sqlite3_reset(statement_->handle_); }

std::int64_t Statement::Rows::number(int column) const { return sqlite3_column_int64(statement_->handle_, column); }

std::string_view Statement::Rows::bytes(int column) const {
  auto data = static_cast<const char*>(sqlite3_column_blob(statement_->handle_, column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_->handle_, column))};
}

bool Statement::Rows::is_empty(int column) const {
  return sqlite3_column_type(statement_->handle_, column) == SQLITE_NULL;
}

} // namespace sluice
