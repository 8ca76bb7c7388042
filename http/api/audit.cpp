#include "http/api/audit.hpp"

namespace sluice::http {

namespace {

LogLine audit_line(const Action& action, const Operator& by, int status) {
  LogLine line{LogLevel::info, "audit", {{"action", action.name}}};
  if (!action.key.empty())
    line.fields.push_back({"key", action.key});
  line.fields.insert(line.fields.end(), action.arguments.begin(), action.arguments.end());
  line.fields.push_back({"by", by.name});
  line.fields.push_back({"from", by.address});
  line.fields.push_back({"status", std::to_string(status)});
  return line;
}

} // namespace

Respond audited(Respond respond, const LogSink& log, Action action, Operator by) {
  if (!log)
    return respond;
  return [respond = std::move(respond), log, action = std::move(action), by = std::move(by)](ApiResponse response) {
    log(audit_line(action, by, response.status));
    respond(std::move(response));
  };
}

} // namespace sluice::http
