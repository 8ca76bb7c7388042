#include "actors/store/schema.hpp"

#include <array>

#include "actors/crash_point.hpp"
#include "actors/store/ends_migration.hpp"

namespace sluice {

namespace {

constexpr std::int64_t application_id = 0x736c6365; // "slce"

// `queued` is 0 outside of a queue, 1 in one, and 2 for what comes first in it. `time` is when a pending message is
// ready. Index entries close with the row's number, the message's: lists come in order, ties by acceptance.
constexpr const char* first_tables = R"sql(
CREATE TABLE header(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  origin INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  boot BLOB NOT NULL,
  boot_generation INTEGER NOT NULL,
  clean INTEGER NOT NULL,
  last_sequence INTEGER NOT NULL,
  events INTEGER NOT NULL,
  finished INTEGER NOT NULL);
CREATE TABLE messages(
  sequence INTEGER PRIMARY KEY,
  key INTEGER NOT NULL,
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  cancel INTEGER NOT NULL,
  queued INTEGER NOT NULL,
  scheduled INTEGER NOT NULL,
  time INTEGER NOT NULL);
CREATE INDEX scheduled ON messages(time) WHERE state = 0 AND scheduled = 1;
CREATE TABLE bodies(sequence INTEGER PRIMARY KEY, record BLOB NOT NULL, body BLOB NOT NULL);
CREATE TABLE keys(
  id INTEGER PRIMARY KEY,
  name BLOB NOT NULL UNIQUE,
  generation INTEGER NOT NULL,
  record BLOB);
CREATE TABLE dedup(id BLOB PRIMARY KEY, sequence INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX dedup_until ON dedup(until);
CREATE TABLE dlq(
  time INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  record BLOB NOT NULL,
  PRIMARY KEY (time, sequence)) WITHOUT ROWID;
CREATE INDEX dlq_sequence ON dlq(sequence);
CREATE TABLE events(id INTEGER PRIMARY KEY, count INTEGER NOT NULL, records BLOB NOT NULL);
CREATE TABLE finished(id INTEGER PRIMARY KEY, count INTEGER NOT NULL, records BLOB NOT NULL);
CREATE TABLE audit(id INTEGER PRIMARY KEY, record BLOB NOT NULL);
CREATE TABLE settings(name BLOB PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID;
INSERT INTO header VALUES (1, random(), 0, x'', 0, 1, 0, 0, 0);
)sql";

constexpr const char* add_url_groups =
    "CREATE TABLE url_groups(name BLOB PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID;";

constexpr const char* limit_tables = R"sql(
ALTER TABLE header ADD COLUMN limit_time INTEGER NOT NULL DEFAULT 0;
CREATE TABLE limits(name BLOB PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE limit_rows(id BLOB PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID;
)sql";

// Rows of the logs were numbered within their millisecond, and are now by their first records.
constexpr const char* numbered_records = R"sql(
ALTER TABLE header ADD COLUMN finished_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE events RENAME TO old_events;
CREATE TABLE events(id INTEGER PRIMARY KEY, count INTEGER NOT NULL, records BLOB NOT NULL);
INSERT INTO events SELECT (id >> 20 << 20) + sum(count) OVER (PARTITION BY id >> 20 ORDER BY id) - count, count, records
  FROM old_events ORDER BY id;
DROP TABLE old_events;
ALTER TABLE finished RENAME TO old_finished;
CREATE TABLE finished(id INTEGER PRIMARY KEY, count INTEGER NOT NULL, records BLOB NOT NULL);
INSERT INTO finished SELECT (id >> 20 << 20) + sum(count) OVER (PARTITION BY id >> 20 ORDER BY id) - count, count,
  records FROM old_finished ORDER BY id;
DROP TABLE old_finished;
)sql";

// What is published lies apart from what changes at every firing. Entries of the index close with the id.
constexpr const char* schedule_tables = R"sql(
CREATE TABLE schedules(
  id BLOB PRIMARY KEY,
  created INTEGER NOT NULL,
  paused INTEGER NOT NULL,
  next INTEGER,
  last INTEGER,
  error BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX firings ON schedules(next) WHERE paused = 0 AND next IS NOT NULL;
CREATE TABLE schedule_specs(id BLOB PRIMARY KEY, record BLOB NOT NULL, body BLOB NOT NULL);
CREATE TABLE schedule_runs(sequence INTEGER PRIMARY KEY, schedule BLOB NOT NULL, state INTEGER NOT NULL);
CREATE INDEX runs_of_schedule ON schedule_runs(schedule);
)sql";

constexpr const char* add_reservations = "CREATE TABLE reservations(id INTEGER PRIMARY KEY, record BLOB NOT NULL);";

// How messages ended is in the log of ends alone, and an ended one is not scheduled.
constexpr const char* ends_in_log = R"sql(
ALTER TABLE messages RENAME TO old_messages;
CREATE TABLE messages(
  sequence INTEGER PRIMARY KEY,
  key INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  cancel INTEGER NOT NULL,
  queued INTEGER NOT NULL,
  scheduled INTEGER NOT NULL,
  time INTEGER NOT NULL);
INSERT INTO messages SELECT sequence, key, attempts, cancel, queued, scheduled AND state = 0, time FROM old_messages;
DROP TABLE old_messages;
CREATE INDEX scheduled ON messages(time) WHERE scheduled = 1;
)sql";

struct Migration {
  const char* tables;
  void (*before)(Database&) = nullptr; // What SQL cannot do, while the old tables are there.
};

// The n-th leads from version n to n + 1.
constexpr std::array<Migration, schema_version> migrations{{{first_tables},
                                                            {add_url_groups},
                                                            {limit_tables},
                                                            {numbered_records},
                                                            {schedule_tables},
                                                            {add_reservations},
                                                            {ends_in_log, complete_ends}}};

Error unusable(const std::string& file, const std::string& reason) {
  return {ErrorCode::store_unusable, file + " " + reason + '.'};
}

std::string tables_of(Database& database) {
  return database.text("SELECT group_concat(name || ' ' || sql, ';') FROM (SELECT * FROM sqlite_schema ORDER BY name)");
}

// Whether the tables are those that this program would make.
bool has_all_tables(Database& database) {
  auto fresh = Database::open(":memory:", Database::Access::create);
  if (!fresh || !migrate(**fresh))
    return false;
  return tables_of(database) == tables_of(**fresh);
}

} // namespace

Result<void> check_schema(Database& database, const std::string& file) {
  auto tables = database.number("SELECT count(*) FROM sqlite_schema");
  auto application = database.number("PRAGMA application_id");
  auto version = database.number("PRAGMA user_version");
  if (database.failed())
    return database.is_corrupt() ? unusable(file, "is damaged, or not a store of sluice") : database.error();
  if (tables == 0 && application == 0 && version == 0)
    return {};
  if (application != application_id)
    return unusable(file, "is a database of another program");
  if (version > schema_version)
    return unusable(file, "was written by a newer sluice (version " + std::to_string(version) +
                              " of its tables; this one knows " + std::to_string(schema_version) + ')');
  if (version == schema_version && !has_all_tables(database))
    return unusable(file, "is damaged: a table is missing");
  return {};
}

void bring_up_to_date(Database& database) {
  for (auto version = database.number("PRAGMA user_version"); version < schema_version; ++version) {
    SLUICE_CRASH_POINT("store.migration");
    const auto& migration = migrations.at(static_cast<std::size_t>(version));
    if (migration.before)
      migration.before(database);
    database.run(migration.tables);
  }
  database.run("PRAGMA application_id = " + std::to_string(application_id));
  database.run("PRAGMA user_version = " + std::to_string(schema_version));
}

Result<void> migrate(Database& database) {
  if (database.number("PRAGMA user_version") == schema_version)
    return {};
  database.run("BEGIN IMMEDIATE");
  bring_up_to_date(database);
  SLUICE_CRASH_POINT("store.migration.before_commit");
  if (!database.run("COMMIT"))
    return database.error();
  return {};
}

} // namespace sluice
