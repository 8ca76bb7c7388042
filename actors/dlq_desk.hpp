// The dead-letter queue's calls: reading, deleting and retrying entries (spec §2.10, §6.2).
#pragma once

#include <set>

#include "actors/intake.hpp"
#include "actors/workplace.hpp"

namespace sluice {

class DlqDesk {
public:
  DlqDesk(Workplace& place, Intake& intake) : place_(place), intake_(intake) {}

  void list(DlqQuery query, Reply<DlqPage> reply);
  void find(DlqId id, Reply<DlqEntry> reply) const;
  void remove(DlqBulk bulk, Operator by, Reply<DlqDeleted> reply);
  void retry(DlqBulk bulk, RetryOverrides overrides, Operator by, Reply<DlqRetried> reply);

private:
  enum class Use { showing, retrying, removing };
  struct Search;
  struct Picking;
  /// For the audit log: who did it to what.
  struct Done {
    Operator by;
    DlqFilter filter;
  };

  void search(DlqQuery query, Use use, Reply<DlqPage> reply);
  /// No other call finds what this one gives, until it is settled.
  void select(DlqBulk bulk, Use use, Reply<DlqPage> reply);
  void prepare(DlqEntry& entry, Use use);
  void go_on(std::shared_ptr<Search> search);
  void pick(std::shared_ptr<Picking> picking);
  void remove(DlqPage page, const Done& done, Reply<DlqDeleted> reply);
  void retry(DlqPage page, const RetryOverrides& overrides, const Done& done, Reply<DlqRetried> reply);
  Result<std::vector<Intake::Staged>> stage(const DlqPage& page, const RetryOverrides& overrides);
  void take_out(const std::vector<DlqId>& ids);
  void settle(const std::vector<DlqId>& ids);
  void audit(const Done& done, const std::string& action, std::string_view verb, const std::vector<DlqId>& ids);

  Workplace& place_;
  Intake& intake_;
  std::set<DlqId> leaving_; ///< Selected by a call that removes them, until that is answered.
};

} // namespace sluice
