// What the durable store writes as one value besides messages, to bytes and back.
//
// Each record starts with its version. Reading back yields nothing for bytes that are not such a record.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "actors/core/flow_controller.hpp"
#include "actors/store/record_bytes.hpp"
#include "actors/store/store.hpp"
#include "sluice/dlq.hpp"
#include "sluice/event.hpp"
#include "sluice/message.hpp"
#include "sluice/scheduler.hpp"

namespace sluice {

void encode(RecordWriter& out, const core::FlowState& state);
std::optional<core::FlowState> decode_flow_state(std::string_view record);

/// What a failure adds to its message.
void encode(RecordWriter& out, const DlqEntry& entry);
std::optional<DlqEntry> decode_dlq_entry(DlqId id, std::shared_ptr<const Message> message, std::string_view record);

void encode(RecordWriter& out, const AuditEntry& entry);
std::optional<AuditEntry> decode_audit_entry(std::string_view record);

void encode(RecordWriter& out, const SigningKeys& keys);
std::optional<SigningKeys> decode_signing_keys(std::string_view record);

void encode(RecordWriter& out, const UrlGroup& group);
std::optional<UrlGroup> decode_url_group(UrlGroupName name, std::string_view record);

/// An event without its time. Several follow one another in one value; `in` fails at the first bad one.
void encode(RecordWriter& out, const Event& event);
Event decode_event(RecordReader& in, WallTime time);

/// A message that has ended, without its time. Several follow one another in one value; `in` fails at the first bad one.
struct Ended {
  std::uint64_t sequence = 0;
  MessageRow::State state = MessageRow::State::delivered;
  int attempts = 0;
  std::uint64_t bytes = 0; ///< What it costs to keep.
};
void encode(RecordWriter& out, const Ended& ended);
Ended decode_ended(RecordReader& in);

} // namespace sluice
