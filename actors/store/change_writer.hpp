// Turns the changes of a group into rows. For the writer's thread.
#pragma once

#include "actors/store/chunk_log.hpp"
#include "actors/store/database.hpp"
#include "actors/store/key_names.hpp"
#include "actors/store/limit_writer.hpp"
#include "actors/store/message_codec.hpp"
#include "actors/store/record_codec.hpp"
#include "actors/store/store.hpp"

namespace sluice {

class ChangeWriter {
public:
  explicit ChangeWriter(Database& database);

  /// Writes `changes` inside the transaction that is open. False if `generation` owns the store no
  /// more. Whatever fails is told by the connection; then, and after false, call `roll_back`.
  bool write(const Changes& changes, std::uint64_t generation);
  void committed();
  /// How many events each DropEvents of the last `write` has dropped.
  const std::vector<std::size_t>& dropped_events() const { return dropped_events_; }
  /// The messages that the last `write` has dropped.
  const std::vector<Sequence>& dropped_messages() const { return dropped_messages_; }
  void roll_back();

private:
  /// What would be slow to count.
  struct Totals {
    Sequence last_sequence = 0;
    std::size_t events = 0;
    std::size_t finished = 0;
    WallTime limit_time{};
    std::size_t finished_bytes = 0;
    bool clean = false;
  };

  void apply(const InsertMessage& change);
  void apply(const RetryMessage& change);
  void apply(const FinishMessage& change);
  void apply(const RequestCancel& change);
  void apply(const RememberDuplicate& change);
  void apply(const PutKey& change);
  void apply(const DropKey& change);
  void apply(const InsertDlqEntry& change);
  void apply(const DeleteDlqEntry& change);
  void apply(const AddEvent& change);
  void apply(const AddAudit& change);
  void apply(const DropFinished& change);
  void apply(const DropDlqEntries& change);
  void apply(const DropEvents& change);
  void apply(const DropDuplicates& change);
  void apply(const PutSchedule& change);
  void apply(const PauseSchedule& change);
  void apply(const ResumeSchedule& change);
  void apply(const FireSchedule& change);
  void apply(const SkipFirings& change);
  void apply(const DropSchedule& change);
  void apply(const PutSigningKeys& change);
  void apply(const PutUrlGroup& change);
  void apply(const DropUrlGroup& change);
  void apply(const CloseCleanly& change);
  void apply(const SaveLimitRows& change);
  void apply(const PutLimitDefinition& change) { limits_.apply(change); }
  void apply(const DropLimitDefinition& change) { limits_.apply(change); }
  void apply(const SaveReservation& change) { limits_.apply(change); }

  /// Runs `statement`, which is about one pending message.
  template <class... Values>
  void update(Statement& statement, const Values&... values);
  std::size_t drop_events(WallTime before, std::size_t keep, std::size_t limit);
  std::size_t drop_finished(WallTime before, std::size_t keep, std::size_t limit);
  void drop_message(const Ended& ended);
  void put_body(Statement& statement, const Message& message);
  std::vector<DlqId> dlq_entries_before(WallTime time, std::size_t limit);

  Database& database_;
  Statement insert_message_;
  Statement insert_body_;
  Statement keep_body_;
  Statement retry_;
  Statement unschedule_;
  Statement cancel_;
  Statement drop_message_;
  Statement drop_body_;
  Statement drop_unused_body_;
  Statement remember_;
  Statement forget_;
  Statement put_key_;
  Statement insert_dlq_;
  Statement delete_dlq_;
  Statement oldest_dlq_;
  Statement insert_audit_;
  Statement drop_audit_;
  Statement put_schedule_;
  Statement put_spec_;
  Statement pause_schedule_;
  Statement resume_schedule_;
  Statement fire_schedule_;
  Statement skip_firings_;
  Statement drop_schedule_;
  Statement drop_spec_;
  Statement insert_run_;
  Statement end_run_;
  Statement drop_runs_;
  Statement put_setting_;
  Statement put_url_group_;
  Statement drop_url_group_;
  Statement put_totals_;
  KeyNames keys_;
  ChunkLog events_;
  ChunkLog finished_;
  LimitWriter limits_;
  RecordWriter record_; ///< Kept for its memory.
  std::uint64_t generation_ = 0;
  std::vector<std::size_t> dropped_events_;
  std::vector<Sequence> dropped_messages_;
  Totals committed_;
  Totals current_;
};

} // namespace sluice
