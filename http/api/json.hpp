// The JSON texts that the API answers (spec §2.13); json_dlq.hpp, json_queue.hpp and json_schedule.hpp have the rest.
// Nothing here throws on text that is not UTF-8: bodies become base64, anything else gets
// replacement characters.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/api/long_text.hpp"
#include "sluice/scheduler.hpp"

namespace sluice::http {

std::string error_json(std::string_view message);
/// `reason` is left out if it is empty.
std::string status_json(std::string_view status, std::string_view reason = {});

/// The answer to a publish. On the hot path: no document is built.
std::string publish_json(const Published& published);
std::string cancelled_json(std::size_t count);

/// Optional fields are left out, never null (spec §2.13.1).
PendingText message_json(const MessageInfo& info);

std::string signing_keys_json(const SigningKeys& keys);

/// Always all eleven fields; 0 for a limit that is not set (spec §2.13.6).
std::string flow_control_json(const FlowControlInfo& info);
std::string global_parallelism_json(const GlobalParallelism& parallelism);

} // namespace sluice::http
