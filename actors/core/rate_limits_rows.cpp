// The rows of RateLimits: written, undone, loaded, saved and forgotten.
#include <algorithm>
#include <cassert>
#include <cmath>

#include "actors/core/rate_limits.hpp"

namespace sluice::core {

ConfigNumber RateLimits::writer_of(const Plan& plan) {
  return plan.came_with_call ? registry_.writer(plan.number, *plan.config) : 0;
}

void RateLimits::write(const RowId& id, const LimitState& state, ConfigNumber writer) {
  write(id, table_.find(id), state, writer);
}

void RateLimits::write(const RowId& id, const LimitState* row, const LimitState& state, ConfigNumber writer) {
  if (journal_.is_open())
    journal_.note(id, row, row ? table_.writer(*row) : writer);
  if (row)
    return table_.replace(*row, state, writer);
  note_shard(id);
  table_.put(id, state, writer);
}

void RateLimits::erase(const RowId& id) {
  const auto* state = table_.find(id);
  if (!state)
    return;
  journal_.note(id, state, table_.writer(*state));
  table_.erase(id);
}

RateLimits::Savepoint RateLimits::open_transaction() {
  journal_.open();
  reservations_.open_transaction();
  return {journal_.size(), reservations_.undo_size(), pending_.size(), applied_.size()};
}

void RateLimits::commit() {
  journal_.close();
  reservations_.close_transaction();
  if (!journal_.is_open())
    applied_.clear();
}

void RateLimits::roll_back(const Savepoint& savepoint) {
  journal_.undo(savepoint.rows, table_);
  reservations_.undo(savepoint.reservations);
  undo_pending(savepoint);
  commit();
}

// In the order in which they came, the applied ones are before those that are pending.
void RateLimits::undo_pending(const Savepoint& savepoint) {
  for (auto surplus = applied_.size() + pending_.size() - savepoint.applied - savepoint.pending; surplus > 0; --surplus)
    pending_.empty() ? applied_.pop_back() : pending_.pop_back();
  for (; applied_.size() > savepoint.applied; applied_.pop_back())
    pending_.push_front(std::move(applied_.back()));
}

template <class Visit>
void RateLimits::for_each_changed(const Savepoint& savepoint, Visit visit) const {
  RateLimitTable seen(0);
  for (auto i = savepoint.rows; i < journal_.size(); ++i) {
    const auto id = journal_[i].key.id();
    if (seen.find(id))
      continue;
    seen.put(id, {});
    visit(id, journal_[i]);
  }
}

std::vector<LimitRowChange> RateLimits::changes(const Savepoint& savepoint) const {
  std::vector<LimitRowChange> changes;
  for_each_changed(savepoint, [&](const RowId& id, const RateLimitJournal::Entry&) {
    const auto* state = table_.find(id);
    changes.push_back(change_of(id, state, state ? table_.writer(*state) : 0));
  });
  return changes;
}

// As `keep_starts`, of rows that are about to be undone.
std::vector<LimitRow> RateLimits::drawn_starts(const Savepoint& savepoint) const {
  std::vector<LimitRow> rows;
  for_each_changed(savepoint, [&](const RowId& id, const RateLimitJournal::Entry& entry) {
    const auto* state = table_.find(id);
    const auto share = state && !entry.before ? share_in_force(id) : std::nullopt;
    if (share && share->kind == LimitKind::fixed_window && !share->start)
      rows.push_back(row_of(id, {share->maximum(), state->as_of}, table_.writer(*state)));
  });
  return compatibility_ == Compatibility::reference ? std::vector<LimitRow>{} : rows;
}

std::vector<LimitRowChange> RateLimits::rows_before(const Savepoint& savepoint) const {
  std::vector<LimitRowChange> rows;
  for_each_changed(savepoint, [&](const RowId& id, const RateLimitJournal::Entry& entry) {
    rows.push_back(change_of(id, entry.before ? &*entry.before : nullptr, entry.key.writer()));
  });
  return rows;
}

void RateLimits::restore(const std::vector<LimitRowChange>& rows) {
  for (const auto& [row, removed] : rows) {
    const RowId id{registry_.add(row.name), row.key, row.shard};
    removed ? erase(id) : write(id, row.state, writer_of(row, id.limit));
  }
}

LimitRowChange RateLimits::change_of(const RowId& id, const LimitState* state, ConfigNumber writer) const {
  return {row_of(id, state ? *state : LimitState{}, state ? writer : 0), state == nullptr};
}

LimitRow RateLimits::row_of(const RowId& id, const LimitState& state, ConfigNumber writer) const {
  const auto& limit = registry_[id.limit];
  LimitRow row{limit.name, id.key ? std::optional<std::string>(*id.key) : std::nullopt, id.shard, state};
  if (writer != 0 && writer != unknown_config)
    row.config = limit.writers[writer - 1].config;
  return row;
}

ConfigNumber RateLimits::writer_of(const LimitRow& row, LimitNumber limit) {
  return row.config ? registry_.writer(limit, *row.config) : 0;
}

std::vector<LimitRow> RateLimits::rows() const {
  std::vector<LimitRow> rows;
  rows.reserve(table_.size());
  for (std::size_t place = 0; place < table_.places(); ++place) {
    if (const auto row = table_.at(place))
      rows.push_back(row_of(row->id, row->state, row->writer));
  }
  return rows;
}

std::vector<LimitRow> RateLimits::rows(std::string_view name, std::optional<std::string_view> key) const {
  std::vector<LimitRow> rows;
  const auto number = registry_.find(name);
  for (std::uint32_t shard = 0; number && shard < registry_[*number].shards_used; ++shard) {
    const RowId id{*number, key, shard};
    if (const auto* state = table_.find(id))
      rows.push_back(row_of(id, *state, table_.writer(*state)));
  }
  return rows;
}

std::vector<LimitRow> RateLimits::rows_of(std::string_view name) const {
  std::vector<LimitRow> rows;
  const auto number = registry_.find(name);
  if (!number || table_.rows_of(*number) == 0)
    return rows;
  for (std::size_t place = 0; place < table_.places(); ++place) {
    if (const auto row = table_.at(place); row && row->id.limit == *number)
      rows.push_back(row_of(row->id, row->state, row->writer));
  }
  return rows;
}

void RateLimits::forget_buckets(LimitNumber limit) {
  for (std::size_t place = 0; table_.rows_of(limit) > 0;) {
    const auto row = table_.at(place);
    if (!row || row->id.limit != limit) {
      place = (place + 1) % table_.places();
      continue;
    }
    reservations_.drop(registry_[limit].name, row->id.key ? std::optional<std::string>(*row->id.key) : std::nullopt);
    journal_.note(row->id, &row->state, row->writer);
    table_.erase_at(place); // Another row may be there now.
  }
}

void RateLimits::load(const LimitRow& row) {
  const RowId id{registry_.add(row.name), row.key, row.shard};
  write(id, row.state, writer_of(row, id.limit));
}

void RateLimits::take_in(const LimitRow& row) {
  const RowId id{registry_.add(row.name), row.key, row.shard};
  note_shard(id);
  table_.put(id, row.state, writer_of(row, id.limit));
}

void RateLimits::note_shard(const RowId& id) {
  auto& used = registry_[id.limit].shards_used;
  used = std::max(used, id.shard + 1);
}

void RateLimits::clear() {
  for (std::size_t place = 0; journal_.is_open() && place < table_.places(); ++place) {
    if (const auto row = table_.at(place))
      journal_.note(row->id, &row->state, row->writer);
  }
  table_.clear();
  reservations_.clear();
}

std::size_t RateLimits::evict_idle(RateTime now, std::size_t places) {
  const auto before = table_.size();
  for (places = std::min(places, table_.places()); places > 0; --places) {
    next_place_ = next_place_ < table_.places() ? next_place_ : 0;
    const auto row = table_.at(next_place_);
    if (row && is_idle(*row, now)) {
      journal_.note(row->id, &row->state, row->writer);
      table_.erase_at(next_place_); // Another row may be there now.
    } else {
      ++next_place_;
    }
  }
  return before - table_.size();
}

namespace {

bool is_whole(double number) { return number == std::floor(number); }

// A new window would begin where this one does. Only whole milliseconds say so for certain.
bool is_aligned(const LimitState& state, const RateLimitConfig& config) {
  if (config.kind == LimitKind::fixed_window && !config.start)
    return false;
  const auto start = config.start.value_or(RateTime{});
  const auto distance = (state.as_of - start).count();
  return is_whole(start.time_since_epoch().count()) && is_whole(config.period.count()) && is_whole(distance) &&
         std::fmod(distance, config.period.count()) == 0;
}

bool answers_like_unused(const LimitState& state, const RateLimitConfig& config, RateTime now) {
  const bool has_windows = config.kind == LimitKind::fixed_window || config.kind == LimitKind::sliding_window;
  if (has_windows && !is_aligned(state, config))
    return false;
  const auto today = calculate(state, config, now, 0);
  if (config.kind == LimitKind::gcra || config.kind == LimitKind::sliding_window)
    return reset_after(today, config, now) <= RateDuration::zero();
  return today.state.value == config.maximum();
}

} // namespace

// By what wrote it, and by what the next call may bring.
bool RateLimits::is_idle(const RateLimitTable::Row& row, RateTime now) const {
  const auto& limit = registry_[row.id.limit];
  const auto is_full = [&](const RateLimitConfig& config, std::uint32_t shards) {
    return answers_like_unused(row.state, share_of(config, shards), now);
  };
  const auto& named = limit.own_config();
  if (named && !(limit.shards && is_full(*named, *limit.shards)))
    return false;
  if (row.writer == 0 || row.writer == unknown_config)
    return named && row.writer == 0;
  const auto& writer = limit.writers[row.writer - 1];
  return is_full(writer.config, writer.shards);
}

void RateLimits::forget_names(std::size_t names) {
  assert(!journal_.is_open() && "a journal names rows by their limits' numbers");
  for (names = std::min(names, registry_.numbers()); names > 0; --names) {
    next_name_ = next_name_ < registry_.numbers() ? next_name_ : 0;
    if (!registry_.is_free(next_name_) && !registry_[next_name_].config && table_.rows_of(next_name_) == 0)
      registry_.forget(next_name_);
    ++next_name_;
  }
}

} // namespace sluice::core
