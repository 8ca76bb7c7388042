#include "tests/sim/schedule_users.hpp"

#include <algorithm>

namespace sluice::sim {

namespace {

using namespace std::chrono_literals;

const std::string base = "http://destination.test/schedule/";
const std::string every_minute = "* * * * *";

std::string url_of_version(int version) { return base + std::to_string(version); }
int version_of(const std::string& url) { return std::stoi(url.substr(base.size())); }
int version_of(const PublishRequest& request) { return version_of(std::get<UrlDestination>(request.destination).url); }

ScheduleState state_of(const Result<Schedule>& found) {
  return found ? ScheduleState{version_of(found->spec->request), found->is_paused} : ScheduleState{};
}

} // namespace

Result<ScheduleState> apply_to_schedule(ScheduleState state, const ScheduleOperation& operation) {
  if (operation.version)
    return ScheduleState{*operation.version, false};
  state.paused = state.version > 0 && operation.paused;
  return state;
}

// --- calls -------------------------------------------------------------------

void ScheduleUsers::call() {
  ScheduleId id{"schedule" + std::to_string(random_.between(1, 3))};
  auto kind = random_.between(1, 100);
  if (!node_.is_up())
    return;
  if (kind <= 40)
    create(id);
  else if (kind <= 60)
    set_paused(id, true);
  else if (kind <= 80)
    set_paused(id, false);
  else if (kind <= 88)
    remove(id);
  else
    read(id);
}

void ScheduleUsers::create(const ScheduleId& id) {
  static const std::vector<std::string> crons{every_minute, "@every 1m", "@every 90s"};
  int version = ++last_version_;
  ScheduleSpec spec{id, crons_[version] = random_.pick(crons), draw_request(version)};
  operate<ScheduleId>(id, {version}, to_scheduler::CreateSchedule{std::move(spec), {}, {}});
}

PublishRequest ScheduleUsers::draw_request(int version) {
  PublishRequest request{UrlDestination{url_of_version(version)}};
  request.retries = random_.between(0, 2);
  request.retry_delay = std::to_string(random_.between(0, 5000));
  if (random_.chance(20))
    request.delay = random_.between(1ms, 5000ms);
  if (random_.chance(plan_.in_queue))
    request.queue = random_.pick(plan_.queues);
  if (const auto& key = random_.pick(plan_.keys); key.is_steady() && random_.chance(plan_.with_key)) {
    request.flow_control = FlowControl{key.key, key.limits.front()};
    keys_.may_use(*request.flow_control);
  }
  return request;
}

void ScheduleUsers::remove(const ScheduleId& id) { operate<void>(id, {0}, to_scheduler::DeleteSchedule{id, {}, {}}); }

void ScheduleUsers::set_paused(const ScheduleId& id, bool paused) {
  operate<void>(id, {{}, paused}, to_scheduler::SetSchedulePaused{id, paused, {}, {}});
}

template <class T, class Call>
void ScheduleUsers::operate(const ScheduleId& id, ScheduleOperation operation, Call call) {
  auto number = schedules_[id].history.call(operation);
  journal_.note(id.text, " version ", operation.version.value_or(-1), " paused ", operation.paused);
  node_.ask<T>(std::move(call), [this, id, number](const Result<T>& answer) {
    journal_.note(id.text, " is changed ", answer.has_value());
    schedules_[id].history.answer(number, answer.has_value(), time_.elapsed());
  });
}

void ScheduleUsers::read(const ScheduleId& id) {
  node_.ask<Schedule>(to_scheduler::FindSchedule{id, {}}, [this, id, asked = time_.elapsed()](const auto& answer) {
    auto state = state_of(answer);
    auto possible = schedules_[id].history.possible(asked);
    journal_.note(id.text, " is version ", state.version, " paused ", state.paused);
    if (std::find(possible.begin(), possible.end(), state) == possible.end())
      journal_.violate("I18: ", id.text, " is not what was answered: version ", state.version, " paused ",
                       state.paused);
  });
}

void ScheduleUsers::read_all() {
  for (const auto& [id, known] : schedules_)
    read(id);
}

void ScheduleUsers::on_process_over() {
  for (auto& [id, known] : schedules_)
    known.history.on_process_over();
}

void ScheduleUsers::release() {
  read_all();
  for (const auto& [id, known] : schedules_)
    remove(id);
}

void ScheduleUsers::check_end() {
  for (const auto& [id, known] : schedules_)
    if (disk_.schedule(id))
      journal_.violate("I18: ", id.text, " was deleted and is on the disk");
}

// --- the disk ----------------------------------------------------------------

void ScheduleUsers::on_stored(const Changes& changes) {
  published_.clear();
  for (const auto& change : changes)
    if (const auto* insert = std::get_if<InsertMessage>(&change); insert && insert->message->request.schedule)
      published_.emplace(insert->message->id.sequence(), insert->message);
  for (const auto& change : changes)
    std::visit([this](const auto& one) { store(one); }, change);
  check_others(changes);
}

void ScheduleUsers::store(const PutSchedule& change) {
  auto& known = schedules_[*change.spec->id];
  known.stored_version = version_of(change.spec->request);
  known.fired.reset();
}

void ScheduleUsers::store(const DropSchedule& change) { schedules_[change.id].stored_version = 0; }

void ScheduleUsers::store(const FireSchedule& change) {
  auto& known = schedules_[change.id];
  journal_.note(change.id.text, " fires for ", change.time.time_since_epoch().count(), ' ', change.error);
  auto possible = known.history.possible(time_.elapsed());
  if (std::none_of(possible.begin(), possible.end(), [](const auto& state) { return state.publishes(); }))
    journal_.violate("I15: ", change.id.text, " fires although it is paused or gone");
  if (known.fired && change.time <= *known.fired)
    journal_.violate("I15: ", change.id.text, " fires again for ", change.time.time_since_epoch().count());
  known.fired = change.time;
  if (crons_[known.stored_version] == every_minute && change.time.time_since_epoch() % 1min != 0ms)
    journal_.violate("I15: ", change.id.text, " fires in the middle of a minute");
  check_published(change);
}

void ScheduleUsers::check_published(const FireSchedule& fired) {
  if (fired.published.size() != (fired.error.empty() ? 1U : 0U))
    journal_.violate("I15: ", fired.id.text, " publishes ", fired.published.size(), " messages");
  for (auto sequence : fired.published) {
    auto found = published_.extract(sequence);
    if (!found || version_of(found.mapped()->request) != schedules_[fired.id].stored_version)
      journal_.violate("I15: ", sequence, " is not what ", fired.id.text, " publishes");
  }
}

// What failed may come back from the DLQ.
void ScheduleUsers::check_others(const Changes& changes) {
  for (const auto& message : ledger_.leaving_dlq(changes)) {
    auto found = std::find_if(published_.begin(), published_.end(), [&](const auto& one) {
      return one.second->destination().url == message->destination().url;
    });
    if (found != published_.end())
      published_.erase(found);
  }
  for (const auto& [sequence, message] : published_)
    journal_.violate("I15: ", sequence, " comes from no firing of ", message->request.schedule->text);
}

// --- progress ----------------------------------------------------------------

void ScheduleUsers::check_due() {
  for (const auto& row : disk_.schedules({}, schedules_.size()))
    check_due(row);
}

void ScheduleUsers::check_due(const ScheduleRow& row) {
  const auto& id = *row.spec->id;
  if (row.paused || !row.next || *row.next > time_.now().wall) {
    overdue_.erase(id);
    return;
  }
  Overdue now{time_.elapsed(), node_.number(), *row.next};
  auto& before = overdue_.try_emplace(id, now).first->second;
  if (before.process != now.process || before.time != now.time)
    before = now;
  auto patience = 2s + 3 * (plan_.slow_commits > 0 ? Duration{3s} : Duration{plan_.commit});
  if (now.since - before.since > patience)
    journal_.violate("I10: ", id.text, " does not fire although it is due");
}

} // namespace sluice::sim
