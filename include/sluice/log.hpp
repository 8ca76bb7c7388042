// Lines for whoever runs the server: what happened, in words and named values.
//
// A line never holds a body, a token or a signing key.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace sluice {

enum class LogLevel { debug, info, warning, error };

struct LogField {
  std::string name; ///< Letters, digits and `_`.
  std::string value; ///< Any bytes, also what clients sent: whoever writes them must escape them.
};

struct LogLine {
  LogLevel level = LogLevel::info;
  std::string message;
  std::vector<LogField> fields{};
};

/// Takes a line. Called from any thread; must not throw and should not block for long.
using LogSink = std::function<void(const LogLine&)>;

} // namespace sluice
