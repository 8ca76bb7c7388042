// The log line of what an operator did.
#pragma once

#include <string>
#include <vector>

#include "http/api/api.hpp"

namespace sluice::http {

/// What was asked for. Its arguments are fields of their own: `rate=2`.
struct Action {
  std::string name; ///< As the audit log in the store calls it: `pin`, `rotate`.
  std::string key{}; ///< The flow-control key it concerns; empty if none.
  std::vector<LogField> arguments{};
};

/// `respond`, with a line written first that says who did what from where and how it was answered.
Respond audited(Respond respond, const LogSink& log, Action action, Operator by);

} // namespace sluice::http
