// Reads rate limits from the tables. For the owner's thread.
#pragma once

#include "actors/store/database.hpp"
#include "actors/store/limit_codec.hpp"
#include "actors/store/limit_tables.hpp"

namespace sluice {

class StoreReader;

class LimitReader final : public LimitTables {
public:
  /// `reader` owns `database`, and outlives this.
  LimitReader(Database& database, StoreReader& reader);

  std::vector<LimitRow> bucket(std::string_view name, std::optional<std::string_view> key) override;
  std::vector<LimitRow> rows_after(const LimitRow* after, std::size_t limit) override;
  LimitDefinitions definitions() override;
  std::vector<core::ReservationChange> reservations() override;
  WallTime last_time() override;

private:
  std::vector<LimitRow> take(Statement::Rows rows);

  StoreReader& reader_;
  Statement bucket_;
  Statement rows_;
  Statement definitions_;
  Statement reservations_;
  Statement last_time_;
};

} // namespace sluice
