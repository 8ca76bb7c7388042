// Answers what was asked about the log and the audit log.
#pragma once

#include "actors/workplace.hpp"

namespace sluice {

class LogDesk {
public:
  explicit LogDesk(Workplace& place) : place_(place) {}

  void list(LogQuery query, Reply<LogPage> reply);
  void list_audit(const AuditQuery& query, Reply<std::vector<AuditEntry>> reply) const;

private:
  struct Search;

  void go_on(std::shared_ptr<Search> search);
  void take(std::shared_ptr<Search> search, Store::LogSlice slice);
  void redact(std::shared_ptr<Search> search);

  Workplace& place_;
};

} // namespace sluice
