// One connection to SQLite, and statements on it that are prepared once.
//
// Errors stick: after a failed step the connection reports `failed` until `forget_failure`, and
// statements do nothing, so that a caller may check once after several of them. One connection
// and its statements belong to one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sluice/result.hpp"
#include "sluice/time.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace sluice {

class Database {
public:
  enum class Access { read, write, create };

  /// `vfs` names the file system layer; empty for the operating system's. Waits for locks up to some seconds.
  static Result<std::unique_ptr<Database>> open(const std::string& file, Access access, const std::string& vfs = {});
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Runs one or several statements without parameters; false if that failed, or something before it.
  bool run(const std::string& sql);
  /// The first column of the first row, 0 if there is none or it failed.
  std::int64_t number(const std::string& sql);
  /// As `number`, for texts.
  std::string text(const std::string& sql);

  /// True while a transaction is open. SQLite ends it by itself after some errors.
  bool in_transaction() const;
  std::int64_t last_insert_id() const;
  /// Rows that the last statement inserted, changed or deleted.
  std::int64_t changed_rows() const;
  /// Copies the log into the file as far as no reader is in the way; waits for nobody.
  struct Checkpoint {
    int log_frames = 0;
    int copied_frames = 0;
  };
  Checkpoint checkpoint();
  /// How long the log was after the last commit on this connection.
  int log_frames() const { return log_frames_; }

  bool failed() const { return code_ != 0; }
  /// A write could not be made safe: what the disk holds is unknown.
  bool sync_failed() const;
  /// The file is damaged, or none of SQLite's.
  bool is_corrupt() const;
  /// What failed, as a whole sentence. Precondition: failed().
  Error error() const;
  void forget_failure() { code_ = 0; }

  sqlite3* handle() const { return handle_; }
  /// Notes that what was read makes no sense; always false.
  bool fail_as_corrupt(std::string reason);
  /// Notes a result code of SQLite's; true if it is a success.
  bool check(int code);

private:
  Database(sqlite3* handle, std::string file) : handle_(handle), file_(std::move(file)) {}

  sqlite3* handle_;
  std::string file_;
  int code_ = 0; ///< SQLite's extended one, of the first failure.
  std::string reason_;
  int log_frames_ = 0;
};

/// Whole numbers, instants, bytes, or nothing.
class Value {
public:
  enum class Kind : std::uint8_t { nothing, number, bytes };

  Value(std::nullopt_t) {}
  Value(std::int64_t number) : kind_(Kind::number), number_(number) {}
  Value(std::uint64_t number) : Value(static_cast<std::int64_t>(number)) {}
  Value(int number) : Value(static_cast<std::int64_t>(number)) {}
  Value(bool flag) : Value(static_cast<std::int64_t>(flag)) {}
  Value(WallTime time) : Value(static_cast<std::int64_t>(time.time_since_epoch().count())) {}
  Value(const std::optional<WallTime>& time) {
    if (time)
      *this = Value(*time);
  }
  Value(std::string_view bytes) : kind_(Kind::bytes), bytes_(bytes) {}
  Value(const std::string& bytes) : Value(std::string_view(bytes)) {}
  Value(const char*) = delete; ///< Would be a flag.

  Kind kind() const { return kind_; }
  std::int64_t number() const { return number_; }
  std::string_view bytes() const { return bytes_; }

private:
  Kind kind_ = Kind::nothing;
  std::int64_t number_ = 0;
  std::string_view bytes_;
};

class Statement {
public:
  /// A failure to prepare it is the connection's. Bytes are stored as blobs.
  Statement(Database& database, const std::string& sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// Rows of one execution. Columns are valid until the next call of `next`; destroying it ends the read.
  class Rows {
  public:
    explicit Rows(Statement& statement) : statement_(&statement) {}
    ~Rows();
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    /// False after the last row, and if the read failed.
    bool next();
    std::int64_t number(int column) const;
    std::uint64_t sequence(int column) const { return static_cast<std::uint64_t>(number(column)); }
    WallTime time(int column) const { return WallTime{std::chrono::milliseconds{number(column)}}; }
    std::string_view bytes(int column) const;
    bool is_empty(int column) const;

  private:
    Statement* statement_;
  };

  /// Executes it with these parameters; false if that failed, or something before it. Rows are ignored.
  template <class... Values>
  bool run(const Values&... values) {
    return query(values...).next() || !database_.failed();
  }
  /// The bytes of `values` must outlive the rows.
  template <class... Values>
  Rows query(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
    return Rows(*this);
  }

private:
  void bind(int index, const Value& value);

  Database& database_;
  sqlite3_stmt* handle_ = nullptr;
};

} // namespace sluice
