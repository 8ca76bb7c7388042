// Turns what went wrong into an answer: the only place that maps error codes to statuses.
#pragma once

#include <string_view>

#include "http/api/api.hpp"
#include "sluice/result.hpp"

namespace sluice::http {

/// The HTTP status of each code (spec §1.1, §2.3).
int status_of(ErrorCode code);

/// `{"error":"<message>"}`; a 503 or 507 also says when to come back.
ApiResponse error_response(const Error& error);
/// The same with another status, for what is not an error of the scheduler.
ApiResponse error_response(int status, std::string_view message);

/// The part of the QStash API that sluice does not offer (spec §2.14).
Error no_workflows();

} // namespace sluice::http
