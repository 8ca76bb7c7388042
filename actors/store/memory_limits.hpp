// The rate limits of a store that forgets everything when it is destroyed.
#pragma once

#include <algorithm>
#include <map>
#include <tuple>

#include "actors/store/limit_tables.hpp"

namespace sluice {

class MemoryLimits final : public LimitTables {
public:
  std::vector<LimitRow> bucket(std::string_view name, std::optional<std::string_view> key) override;
  std::vector<LimitRow> rows_after(const LimitRow* after, std::size_t limit) override;
  LimitDefinitions definitions() override { return definitions_; }
  std::vector<core::ReservationChange> reservations() override;
  WallTime last_time() override { return last_time_; }

  void apply(SaveLimitRows& change);
  void apply(PutLimitDefinition& change) { definitions_[change.name] = change.definition; }
  void apply(DropLimitDefinition& change) { definitions_.erase(change.name); }
  void apply(SaveReservation& change);

private:
  using Id = std::tuple<std::string, std::optional<std::string>, std::uint32_t>;

  static Id id_of(const LimitRow& row) { return {row.name, row.key, row.shard}; }

  std::map<Id, LimitRow> rows_;
  LimitDefinitions definitions_;
  std::map<ReservationId, core::OpenReservation> reservations_;
  WallTime last_time_{};
};

} // namespace sluice
