#include "actors/store/store_check.hpp"

#include "actors/store/chunk_log.hpp"
#include "actors/store/ended_messages.hpp"
#include "actors/store/limit_codec.hpp"
#include "actors/store/message_codec.hpp"
#include "actors/store/record_codec.hpp"

namespace sluice {

namespace {

constexpr std::size_t max_findings = 50;

class Check {
public:
  explicit Check(Database& database) : database_(database) {}

  std::vector<std::string> run() {
    check_structure();
    check_relations();
    check_messages();
    check_records("SELECT name, record FROM keys WHERE record IS NOT NULL", "key",
                  [](std::string_view record) { return decode_flow_state(record).has_value(); });
    check_records("SELECT time || '-' || sequence, record FROM dlq", "DLQ entry", [](std::string_view record) {
      return decode_dlq_entry({}, std::make_shared<Message>(), record).has_value();
    });
    check_schedules();
    check_records("SELECT id, record FROM audit", "audit entry",
                  [](std::string_view record) { return decode_audit_entry(record).has_value(); });
    check_records("SELECT name, record FROM settings", "setting",
                  [](std::string_view record) { return decode_signing_keys(record).has_value(); });
    check_records("SELECT name, record FROM url_groups", "URL group",
                  [](std::string_view record) { return decode_url_group({}, record).has_value(); });
    check_records("SELECT name, record FROM limits", "rate limit",
                  [](std::string_view record) { return decode_limit_definition(record).has_value(); });
    check_records("SELECT id, record FROM reservations", "reservation",
                  [](std::string_view record) { return decode_reservation(record).has_value(); });
    check_buckets();
    check_log("events", [](RecordReader& in) { decode_event(in, {}); });
    check_log("finished", [](RecordReader& in) { decode_ended(in); });
    check_ends(); // Last: it gives up on a damaged log.
    return std::move(findings_);
  }

private:
  void find(std::string finding) {
    if (findings_.size() < max_findings)
      findings_.push_back(std::move(finding));
  }

  // SQLite's own look at pages, indexes and constraints.
  void check_structure() {
    Statement statement(database_, "PRAGMA integrity_check(20)");
    auto rows = statement.query();
    while (rows.next())
      if (rows.bytes(0) != "ok")
        find("the database: " + std::string(rows.bytes(0)));
  }

  void expect_none(const std::string& sql, const std::string& what) {
    expect_none(database_.number("SELECT count(*) FROM " + sql), what);
  }

  void expect_none(std::int64_t number, const std::string& what) {
    if (number > 0)
      find(std::to_string(number) + ' ' + what);
  }

  void check_relations() {
    expect_none("messages WHERE sequence NOT IN (SELECT sequence FROM bodies)", "messages without their content");
    expect_none("messages WHERE sequence > (SELECT last_sequence FROM header)", "messages newer than the last number");
    expect_none("dlq WHERE sequence NOT IN (SELECT sequence FROM bodies)", "DLQ entries without their message");
    expect_none(
        "bodies WHERE sequence NOT IN (SELECT sequence FROM messages) AND sequence NOT IN (SELECT sequence FROM dlq)",
        "contents that belong to no message");
    expect_none("header WHERE finished <> (SELECT coalesce(sum(count), 0) FROM finished)",
                "wrong count of finished messages");
    expect_none("header WHERE events <> (SELECT coalesce(sum(count), 0) FROM events)", "wrong count of events");
  }

  void check_messages() {
    Statement statement(database_, "SELECT sequence, record, body FROM bodies");
    auto rows = statement.query();
    while (rows.next())
      if (!decode_message(rows.sequence(0), rows.bytes(1), rows.bytes(2)))
        find("message " + std::to_string(rows.sequence(0)) + " cannot be read");
  }

  // What has ended needs no key any more, and is not scheduled.
  void check_ends() {
    EndedMessages ended;
    ended.load(database_);
    std::int64_t lost = 0, scheduled = 0, count = 0;
    Statement statement(database_, "SELECT sequence, scheduled, key IN (SELECT id FROM keys) FROM messages");
    auto rows = statement.query();
    while (rows.next()) {
      auto has_ended = ended.find(rows.sequence(0)) != nullptr;
      count += has_ended;
      scheduled += has_ended && rows.number(1) != 0;
      lost += !has_ended && rows.number(2) == 0;
    }
    expect_none(lost, "messages wait under no key");
    expect_none(scheduled, "messages that have ended are scheduled");
    expect_none(database_.number("SELECT coalesce(sum(count), 0) FROM finished") - count, "ends of no message");
  }

  void check_schedules() {
    expect_none("schedules WHERE id NOT IN (SELECT id FROM schedule_specs)", "schedules without their content");
    expect_none("schedule_specs WHERE id NOT IN (SELECT id FROM schedules)", "contents that belong to no schedule");
    expect_none("schedule_runs WHERE schedule NOT IN (SELECT id FROM schedules)", "runs that belong to no schedule");
    expect_none("schedule_runs WHERE state NOT BETWEEN 0 AND 3", "runs in an unknown state");
    Statement statement(database_, "SELECT id, record, body FROM schedule_specs");
    auto rows = statement.query();
    while (rows.next())
      if (ScheduleId id{std::string(rows.bytes(0))}; !decode_schedule_spec(id, rows.bytes(1), rows.bytes(2)))
        find("schedule " + id.text + " cannot be read");
  }

  template <class IsWhole>
  void check_records(const std::string& sql, const std::string& what, IsWhole is_whole) {
    Statement statement(database_, sql);
    auto rows = statement.query();
    while (rows.next())
      if (!is_whole(rows.bytes(1)))
        find(what + ' ' + std::string(rows.bytes(0)) + " cannot be read");
  }

  void check_buckets() {
    Statement statement(database_, "SELECT id, record FROM limit_rows");
    auto rows = statement.query();
    while (rows.next())
      if (!decode_limit_row(rows.bytes(0), rows.bytes(1)))
        find("a bucket of a rate limit cannot be read");
  }

  template <class Take>
  void check_log(const std::string& table, Take take) {
    Statement statement(database_, "SELECT id, count, records FROM " + table);
    auto rows = statement.query();
    while (rows.next()) {
      RecordReader in(rows.bytes(2));
      auto left = rows.number(1);
      for (; left > 0 && !in.failed(); --left)
        take(in);
      if (left != 0 || !in.complete())
        find("chunk " + std::to_string(rows.number(0)) + " of " + table + " cannot be read");
    }
  }

  Database& database_;
  std::vector<std::string> findings_;
};

} // namespace

std::vector<std::string> find_damage(Database& database) { return Check(database).run(); }

} // namespace sluice
