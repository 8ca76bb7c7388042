#include "actors/core/limit_partition.hpp"

#include <algorithm>

#include "actors/core/rate_limit_decision.hpp"
#include "actors/core/rate_limit_validation.hpp"

namespace sluice::core {

namespace {

LimitRequest request_of(const BucketRequest& request) {
  LimitRequest asked;
  if (request.key)
    asked.key = *request.key;
  asked.count = request.count;
  asked.reserve = request.reserve;
  asked.throws = request.throws;
  asked.dry_run = request.dry_run;
  if (request.definition)
    asked.config = request.definition->config;
  return asked;
}

std::optional<RateLimitConfig> config_of(const std::optional<LimitDefinition>& definition) {
  return definition ? std::optional(definition->config) : std::nullopt;
}

bool is_stored_by(const LimitDefinition* definition) {
  return !definition || definition->durability == LimitDurability::stored;
}

std::optional<std::string_view> view_of(const std::optional<std::string>& text) {
  return text ? std::optional<std::string_view>(*text) : std::nullopt;
}

} // namespace

LimitPartition::LimitPartition(PartitionOptions options, Fetch fetch)
    : options_(std::move(options)), fetch_(std::move(fetch)), limits_({}, options_.limits) {
  limits_.number_reservations_from(options_.first_reservation);
}

void LimitPartition::take_in(const LimitDefinitions& definitions) {
  for (const auto& [name, definition] : definitions)
    set({name, definition});
}

void LimitPartition::take_in(const std::vector<ReservationChange>& reservations) {
  for (const auto& each : reservations)
    limits_.restore(each);
}

// A limit that was stored once may be one of memory now.
UnstoredStep LimitPartition::take_in(const std::vector<LimitRow>& rows) {
  UnstoredStep obsolete;
  for (const auto& row : rows) {
    if (!is_stored(row.name))
      obsolete.rows.push_back({row, true});
    else if (!fetched_.contains({row.name, row.key}))
      limits_.take_in(row);
  }
  if (!obsolete.empty())
    unstored_.push_back({});
  return obsolete;
}

void LimitPartition::rows_complete() {
  complete_ = true;
  fetched_.clear();
}

void LimitPartition::need(std::string_view name, std::optional<std::string_view> key) {
  if (complete_ || !fetched_.emplace(name, key).second || !is_stored(name))
    return;
  for (const auto& row : fetch_(name, key))
    limits_.take_in(row);
}

Result<LimitReading> LimitPartition::read(RateTime now, const BucketQuery& query) {
  const auto key = view_of(query.key);
  need(query.name, key);
  const auto config = config_of(query.definition);
  auto value = limits_.get_value(query.name, {key, query.sample_shards, config});
  if (!value)
    return value.error();
  auto status = limits_.peek(now, query.name, {key, query.count, config});
  if (!status)
    return status.error();
  return LimitReading{std::move(*value), *status, now};
}

void LimitPartition::refused() {
  for (; !unstored_.empty(); unstored_.pop_back())
    undo(unstored_.back());
}

void LimitPartition::undo(const Undo& undo) {
  // First, because a limit may forget its buckets on the way back, too.
  std::for_each(undo.definitions.rbegin(), undo.definitions.rend(), [this](const auto& before) { set(before); });
  limits_.restore(undo.rows);
  for (const auto& before : undo.reservations)
    limits_.restore(before);
}

void LimitPartition::set(const DefinitionChange& change) {
  if (change.definition) {
    limits_.define_unchecked(change.name, change.definition->config);
    definitions_[change.name] = *change.definition;
  } else {
    limits_.drop(change.name);
    definitions_.erase(change.name);
  }
}

bool LimitPartition::is_stored(std::string_view name) const {
  const auto found = definitions_.find(name);
  return is_stored_by(found == definitions_.end() ? nullptr : &found->second);
}

// --- one step ----------------------------------------------------------------

LimitPartition::Step::Step(LimitPartition& partition, RateTime now)
    : partition_(partition), now_(now), savepoint_(partition.limits_.open_transaction()) {}

LimitPartition::Step::~Step() {
  if (!open_)
    return;
  partition_.undo({{}, std::move(definitions_before_), {}});
  partition_.limits_.roll_back(savepoint_);
}

// A bucket without rows will have some.
Result<void> LimitPartition::Step::admit(std::string_view name, const LimitRequest& request) {
  const auto& limits = partition_.limits_;
  partition_.need(name, request.key);
  if (request.config && request.config->is_asynchronous())
    return invalid("updateMode", "updateMode cannot be asynchronously here");
  if (limits.row_count() < partition_.options_.max_buckets || !limits.rows(name, request.key).empty())
    return {};
  return Error{ErrorCode::overloaded,
               "there may be no more than " + std::to_string(partition_.options_.max_buckets) + " buckets", "key"};
}

Result<LimitVerdict> LimitPartition::Step::limit(std::string_view name, const LimitRequest& request) {
  if (auto admitted = admit(name, request); !admitted)
    return admitted.error();
  auto asked = request;
  asked.throws = false;
  if (asked.count < 0)
    loosen(name, request.key);
  return partition_.limits_.limit(now_, name, asked);
}

Result<LimitVerdict> LimitPartition::Step::check(std::string_view name, const LimitRequest& request) {
  partition_.need(name, request.key);
  return partition_.limits_.check(now_, name, request);
}

Result<CombinedVerdict> LimitPartition::Step::limit_all(std::span<const LimitDemand> demands) {
  for (const auto& [name, request] : demands) {
    if (auto admitted = admit(name, request); !admitted)
      return admitted.error();
    if (request.count < 0)
      loosen(name, request.key);
  }
  return partition_.limits_.limit_all(now_, demands);
}

void LimitPartition::Step::reset(std::string_view name, std::optional<std::string_view> key) {
  partition_.need(name, key);
  loosen(name, key);
  partition_.limits_.reset(name, {key, {}});
}

Result<void> LimitPartition::Step::credit(std::string_view name, double count, const ValueRequest& request) {
  partition_.need(name, request.key);
  loosen(name, request.key);
  return partition_.limits_.credit(now_, name, count, request);
}

Result<void> LimitPartition::Step::credit(const BucketQuery& bucket) {
  note_durability(bucket.name, bucket.definition);
  return credit(bucket.name, bucket.count, {view_of(bucket.key), {}, config_of(bucket.definition)});
}

Result<Reservation> LimitPartition::Step::reserve(std::string_view name, const ReserveRequest& request) {
  LimitRequest asked;
  asked.key = request.key;
  asked.config = request.config;
  if (auto admitted = admit(name, asked); !admitted)
    return admitted.error();
  return partition_.limits_.reserve(now_, name, request, !is_to_be_stored(name));
}

Result<ReservationAnswer> LimitPartition::Step::reserve(const ReservationRequest& request) {
  note_durability(request.name, request.definition);
  const auto reserved =
      reserve(request.name, {view_of(request.key), request.count, request.hold, config_of(request.definition)});
  if (!reserved)
    return reserved.error();
  return ReservationAnswer{reserved->id, reserved->run_at, reserved->run_at + request.hold,
                           answer(reserved->verdict, request.name, request.definition)};
}

Result<bool> LimitPartition::Step::commit(ReservationId id, double used) {
  const auto* reservation = partition_.limits_.reservation(id);
  return reservation ? commit(std::string(reservation->name), id, used) : Result<bool>(false);
}

Result<bool> LimitPartition::Step::commit(std::string_view name, ReservationId id, double used) {
  const auto* reservation = partition_.limits_.reservation(id);
  if (!reservation || reservation->name != name)
    return false;
  if (reservation->in_memory && !partition_.definitions_.contains(name))
    memory_names_.emplace(name);
  const auto key = reservation->key;
  partition_.need(name, key);
  loosen(name, key);
  return partition_.limits_.settle(now_, id, used);
}

Result<LimitAnswer> LimitPartition::Step::limit(const BucketRequest& request) {
  const auto asked = request_of(request);
  if (auto admitted = admit(request.name, asked); !admitted)
    return admitted.error();
  note_durability(request.name, request.definition);
  if (asked.count < 0)
    loosen(request.name, asked.key);
  return answer(request, asked, partition_.limits_.limit(now_, request.name, asked));
}

Result<LimitAnswer> LimitPartition::Step::check(const BucketRequest& request) {
  const auto asked = request_of(request);
  return answer(request, asked, check(request.name, asked));
}

Result<LimitAnswer> LimitPartition::Step::answer(const BucketRequest& request, const LimitRequest& asked,
                                                 const Result<LimitVerdict>& verdict) const {
  if (!verdict)
    return verdict.error();
  auto answered = answer(*verdict, request.name, request.definition);
  answered.thrown = is_thrown(asked, *verdict);
  return answered;
}

LimitAnswer LimitPartition::Step::answer(const LimitVerdict& verdict, std::string_view name,
                                         const std::optional<LimitDefinition>& definition) const {
  const auto named = partition_.definitions_.find(name);
  return {verdict, now_, definition ? definition->config.period : named->second.config.period};
}

Result<CombinedAnswer> LimitPartition::Step::limit_all(const std::vector<BucketRequest>& requests) {
  std::vector<LimitDemand> demands;
  for (const auto& request : requests) {
    demands.push_back({request.name, request_of(request)});
    note_durability(request.name, request.definition);
  }
  const auto combined = limit_all(demands);
  if (!combined)
    return combined.error();
  CombinedAnswer all{combined->ok, combined->retry_after, combined->binding, {}};
  for (std::size_t i = 0; i < requests.size(); ++i)
    all.answers.push_back(*answer(requests[i], LimitRequest{}, combined->verdicts[i]));
  return all;
}

void LimitPartition::Step::note_durability(std::string_view name, const std::optional<LimitDefinition>& definition) {
  if (definition && definition->durability == LimitDurability::memory && !partition_.definitions_.contains(name))
    memory_names_.emplace(name);
}

void LimitPartition::Step::loosen(std::string_view name, std::optional<std::string_view> key) {
  loosened_.emplace_back(name, key);
}

bool LimitPartition::Step::is_to_be_stored(std::string_view name) const {
  return partition_.is_stored(name) && !memory_names_.contains(name);
}

Result<void> LimitPartition::Step::define(std::string_view name, const LimitDefinition& definition) {
  if (definition.config.is_asynchronous())
    return invalid("updateMode", "updateMode cannot be asynchronously here");
  if (auto checked = check_config(name, definition.config, partition_.options_.limits.compatibility); !checked)
    return checked.error();
  const auto found = partition_.definitions_.find(name);
  const bool is_new = found == partition_.definitions_.end();
  if (is_new && partition_.definitions_.size() >= partition_.options_.max_limits)
    return too_many("name", partition_.options_.max_limits, "limits");
  if (!partition_.complete_ && partition_.limits_.begins_afresh(name, definition.config))
    return Error{ErrorCode::overloaded, "the buckets of the limit are still being read; try again", "kind"};
  definitions_before_.push_back({std::string(name), is_new ? std::nullopt : std::optional(found->second)});
  partition_.set({std::string(name), definition});
  return {};
}

Result<void> LimitPartition::Step::drop(std::string_view name) {
  const auto found = partition_.definitions_.find(name);
  if (found == partition_.definitions_.end())
    return undefined_limit(name);
  definitions_before_.push_back({std::string(name), found->second});
  partition_.set({std::string(name), std::nullopt});
  return {};
}

// Before all rows are here, one of them may still be fetched under a bucket that was forgotten.
void LimitPartition::Step::evict(std::size_t places) {
  if (partition_.complete_)
    partition_.limits_.evict_idle(now_, places);
  partition_.limits_.drop_expired(now_);
}

std::vector<ReservationChange>
LimitPartition::Step::stored_reservations(const std::vector<ReservationChange>& before) const {
  auto changes = partition_.limits_.reservation_changes(savepoint_);
  std::size_t at = 0;
  // Nothing of what began and ended within the step, or is not to outlive the process.
  std::erase_if(changes, [&](const ReservationChange& change) {
    const auto& reservation = change.reservation ? change.reservation : before[at].reservation;
    ++at;
    return !reservation || reservation->in_memory;
  });
  return changes;
}

// A limit that is one of memory from now on leaves nothing in the store that could come back; one that is stored from
// now on is stored as it is.
std::vector<LimitRowChange> LimitPartition::Step::rows_to_store() const {
  const auto& limits = partition_.limits_;
  auto rows = limits.changes(savepoint_);
  std::set<std::string, std::less<>> turned;
  for (const auto& [name, before] : definitions_before_) {
    if (is_stored_by(before ? &*before : nullptr) != partition_.is_stored(name))
      turned.insert(name);
  }
  std::erase_if(rows, [&](const LimitRowChange& change) {
    return !is_to_be_stored(change.row.name) && !(change.removed && turned.contains(change.row.name));
  });
  for (const auto& name : turned) {
    for (auto& row : limits.rows_of(name))
      rows.push_back({std::move(row), !partition_.is_stored(name)});
  }
  return rows;
}

UnstoredStep LimitPartition::Step::finish(bool always) {
  auto& limits = partition_.limits_;
  UnstoredStep step;
  step.rows = rows_to_store();
  auto reservations_before = limits.reservations_before(savepoint_);
  step.reservations = stored_reservations(reservations_before);
  for (const auto& before : definitions_before_) {
    const auto found = partition_.definitions_.find(before.name);
    const bool is_gone = found == partition_.definitions_.end();
    step.definitions.push_back({before.name, is_gone ? std::nullopt : std::optional(found->second)});
  }
  if (always || !step.empty())
    partition_.unstored_.push_back(
        {limits.rows_before(savepoint_), std::move(definitions_before_), std::move(reservations_before)});
  limits.commit();
  open_ = false;
  return step;
}

} // namespace sluice::core
