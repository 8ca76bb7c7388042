// Interprets the headers and query parameters of a schedule: those of a publish, and when (spec §2.8, §3).
#pragma once

#include <span>
#include <string_view>

#include "http/wire/header_view.hpp"
#include "sluice/result.hpp"
#include "sluice/schedule.hpp"

namespace sluice::http {

/// True if `Upstash-Cron` is given and not empty: then also a publish creates a schedule.
bool asks_for_schedule(std::span<const HeaderView> headers, std::string_view query);

/// A schedule, complete but for destination, body and caller. `defaults` are those of its URL group. Errors: as those of a publish. The cron
/// expression and the id are left to the scheduler; an empty id is a client's way to say that there is none.
Result<ScheduleSpec> read_schedule_headers(std::span<const HeaderView> headers, std::string_view query,
                                           std::span<const HeaderView> defaults = {});

} // namespace sluice::http
