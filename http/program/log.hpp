// Log lines as text on standard error: logfmt for people, JSON for collectors.
#pragma once

#include <string>

#include "sluice/log.hpp"
#include "sluice/time.hpp"

namespace sluice::program {

enum class LogFormat { logfmt, json };

/// `time=2026-01-31T12:00:00.000Z level=info msg=paused key="a b"` and a newline. Values
/// that are not plain words are JSON strings, so that nothing a client sent can begin a
/// line of its own or reach a terminal as a command.
std::string logfmt_line(const LogLine& line, WallTime now);

/// The same as one JSON object; all values are strings.
std::string json_line(const LogLine& line, WallTime now);

/// Writes lines of `least` and above to standard error, each in one piece.
LogSink standard_error_log(LogFormat format, LogLevel least);

} // namespace sluice::program
