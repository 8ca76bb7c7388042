#include "actors/schedule_desk.hpp"

#include "actors/core/base58.hpp"
#include "actors/crash_point.hpp"
#include "actors/redaction.hpp"
#include "actors/schedule_times.hpp"
#include "actors/signer.hpp"

namespace sluice {

namespace {

constexpr std::size_t slice_size = 2; // Each may bring a body of some megabytes.
constexpr std::size_t max_listing = std::size_t{64} << 20;
constexpr std::size_t random_digits = 28; // spec §8

ScheduleRunState state_of(MessageRow::State state) {
  if (state == MessageRow::State::pending)
    return ScheduleRunState::in_progress;
  return state == MessageRow::State::delivered ? ScheduleRunState::success : ScheduleRunState::fail;
}

Error too_large() {
  return {ErrorCode::too_large, "the list of schedules would be larger than 64 MiB: ask for parts of it by limit",
          "limit"};
}

// The next firing of a schedule that stood still for a while; empty if it cannot be told any more.
std::optional<WallTime> next_after_pause(const ScheduleRow& row, WallTime now) {
  auto times = ScheduleTimes::parse(row.spec->cron);
  if (!times)
    return std::nullopt;
  return row.next ? times->next_after(*row.next, now) : times->next(now);
}

} // namespace

// Walks over the schedules of the store.
struct ScheduleDesk::Listing {
  ScheduleQuery query;
  std::vector<Schedule> found;
  std::size_t bytes = 0;
  Reply<std::vector<Schedule>> reply;
};

void ScheduleDesk::create(ScheduleSpec spec, Operator by, Reply<ScheduleId> reply) {
  if (!spec.id)
    spec.id = ScheduleId{"scd_" + core::random_base58(random_digits, random_bits)};
  auto times = ScheduleTimes::parse(spec.cron);
  if (!times)
    return reply(times.error());
  if (auto known = check_destination(spec); !known)
    return reply(known.error());
  if (auto room = room_for(spec); !room)
    return reply(room.error());
  spec.cron = times->text();
  spec.request.deduplication.reset();
  auto id = *spec.id;
  auto now = place_.now().wall;
  PutSchedule put{std::make_shared<const ScheduleSpec>(std::move(spec)), now, times->next(now)};
  place_.audit(std::move(by), "createSchedule", id.text, "cron=" + times->text());
  ++creating_;
  commit(id, std::move(put), [this, id, reply = std::move(reply)](const Result<void>& stored) {
    --creating_;
    reply(stored ? Result<ScheduleId>(id) : stored.error());
  });
}

// A group may go later: then the firings say so.
Result<void> ScheduleDesk::check_destination(const ScheduleSpec& spec) const {
  const auto* group = std::get_if<UrlGroupDestination>(&spec.request.destination);
  return group && !url_groups_.find(group->name) ? UrlGroupDesk::unknown(group->name) : Result<void>{};
}

// Those that are being created count as new ones.
Result<void> ScheduleDesk::room_for(const ScheduleSpec& spec) const {
  auto limit = place_.options.max_schedules;
  if (place_.store.schedule_count() + creating_ >= limit && !place_.store.schedule(*spec.id))
    return too_many("Upstash-Schedule-Id", limit, "schedules");
  return place_.store.room_for(footprint(spec.request));
}

void ScheduleDesk::commit(const ScheduleId& id, Change change, Sequencer::Then then) {
  firing_.hold(id);
  place_.sequencer.add(std::move(change));
  SLUICE_CRASH_POINT("schedule.change_before_commit");
  place_.sequencer.submit([this, id, then = std::move(then)](const Result<void>& stored) {
    SLUICE_CRASH_POINT("schedule.change_committed");
    firing_.release(id, stored.has_value());
    then(stored);
  });
}

void ScheduleDesk::remove(const ScheduleId& id, Operator by, Reply<void> reply) {
  if (!place_.store.schedule(id) && !firing_.is_changing(id))
    return reply({});
  place_.audit(std::move(by), "deleteSchedule", id.text);
  commit(id, DropSchedule{id}, std::move(reply));
}

void ScheduleDesk::set_paused(const ScheduleId& id, bool paused, Operator by, Reply<void> reply) {
  auto row = place_.store.schedule(id);
  if (!row)
    return reply(not_found("schedule"));
  place_.audit(std::move(by), paused ? "pauseSchedule" : "resumeSchedule", id.text);
  commit(id, paused ? PauseSchedule{id} : resumption_of(*row), std::move(reply));
}

// What is due already of one that was not paused is still to be fired. A firing, or another specification, may be on
// its way to the disk: what that says of the next time holds.
Change ScheduleDesk::resumption_of(const ScheduleRow& row) const {
  return ResumeSchedule{*row.spec->id, row.paused ? next_after_pause(row, place_.now().wall) : row.next, row.next};
}

// --- reading -----------------------------------------------------------------

void ScheduleDesk::find(const ScheduleId& id, Reply<Schedule> reply) const {
  auto row = place_.store.schedule(id);
  reply(row ? Result<Schedule>(describe(*std::move(row))) : Result<Schedule>(not_found("schedule")));
}

void ScheduleDesk::list(ScheduleQuery query, Reply<std::vector<Schedule>> reply) const {
  go_on(std::make_shared<Listing>(Listing{std::move(query), {}, 0, std::move(reply)}));
}

void ScheduleDesk::go_on(std::shared_ptr<Listing> listing) const {
  auto wanted = std::min(slice_size, listing->query.limit - listing->found.size());
  auto slice = place_.store.schedules(listing->query.after, wanted);
  bool complete = slice.size() < slice_size;
  for (auto& row : slice) {
    listing->bytes += footprint(row.spec->request);
    listing->found.push_back(describe(std::move(row)));
  }
  if (listing->bytes > max_listing)
    return listing->reply(too_large());
  if (complete)
    return listing->reply(std::move(listing->found));
  listing->query.after = *listing->found.back().spec->id;
  place_.later([this, listing] { go_on(listing); });
}

Schedule ScheduleDesk::describe(ScheduleRow row) const {
  Schedule schedule;
  schedule.created_at = row.created_at;
  schedule.is_paused = row.paused;
  schedule.next_time = row.paused ? next_after_pause(row, place_.now().wall) : row.next;
  schedule.last_time = row.last;
  for (const auto& run : row.runs)
    schedule.last_runs.push_back({run.message, state_of(run.state)});
  schedule.error = std::move(row.error);
  schedule.spec = redacted(std::move(row.spec));
  return schedule;
}

} // namespace sluice
