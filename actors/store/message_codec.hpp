// What is published, and the schedules that publish it, to bytes and back.
//
// Each record starts with its version and a checksum, so that not one flipped bit of what is delivered goes unseen. Reading
// back yields nothing for bytes that are not such a record.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "actors/store/record_bytes.hpp"
#include "sluice/message.hpp"
#include "sluice/schedule.hpp"

namespace sluice {

/// A message without its body, which is a value of its own.
void encode(RecordWriter& out, const Message& message);
std::shared_ptr<const Message> decode_message(std::uint64_t sequence, std::string_view record, std::string_view body);

/// The message in `record` without its body and its checksum: what it was published as, but for that.
std::optional<PublishRequest> decode_request(std::string_view record);

/// A schedule without its id, and without the body of its messages.
void encode(RecordWriter& out, const ScheduleSpec& spec);
std::shared_ptr<const ScheduleSpec> decode_schedule_spec(const ScheduleId& id, std::string_view record,
                                                         std::string_view body);

} // namespace sluice
