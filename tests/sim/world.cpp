#include "tests/sim/world.hpp"

namespace sluice::sim {

using namespace std::chrono_literals;

namespace {

constexpr Duration patience = 6h; ///< Of virtual time, for everything to end once nothing goes wrong any more.

} // namespace

World::World(std::uint64_t seed, bool prints, std::optional<Plant> planted)
    : random_(seed),
      plan_(draw_plan(random_)),
      journal_(time_, prints),
      store_(time_, journal_, random_, plan_),
      ledger_(time_, journal_),
      keys_(time_, journal_, plan_, store_),
      destination_(time_, journal_, random_, plan_, ledger_, keys_),
      node_(time_, journal_, random_, plan_, store_, destination_),
      audit_(time_, journal_, plan_, store_, ledger_, keys_, destination_, node_),
      clients_(time_, journal_, random_, plan_, ledger_, keys_, audit_, node_),
      limit_users_(journal_, random_, node_),
      callbacks_(journal_, ledger_, keys_),
      schedule_users_(time_, journal_, random_, plan_, ledger_, keys_, store_, node_) {
  store_.on_stored = [this](const Changes& changes) {
    ledger_.on_stored(changes);
    keys_.on_stored(changes);
    callbacks_.on_stored(changes);
    schedule_users_.on_stored(changes);
  };
  node_.on_over = [this, planted] {
    if (planted)
      plant_after_crash(*planted, store_, plan_);
    ledger_.on_process_over();
    keys_.on_process_over();
    clients_.on_process_over();
    limit_users_.on_process_over();
    schedule_users_.on_process_over();
  };
  node_.on_up = [this] {
    ledger_.check_disk(store_);
    limit_users_.on_up();
    schedule_users_.on_up();
  };
  if (planted)
    plant(*planted, random_.between(0ms, 10'000ms), time_, store_, destination_);
}

RunResult World::run() {
  node_.start();
  plan_events();
  plan_faults();
  if (run_until(plan_.horizon)) {
    heal();
    finish();
  }
  return {journal_.violation(), journal_.hash()};
}

// Stops at the first violation.
bool World::run_until(Duration end) {
  while (!journal_.violation() && time_.elapsed() < end)
    time_.run_for(std::min<Duration>(1s, end - time_.elapsed()));
  return !journal_.violation();
}

void World::at_random(int count, std::function<void()> event) {
  for (; count > 0; --count)
    time_.after(random_.between(0ms, std::chrono::floor<std::chrono::milliseconds>(plan_.horizon)), event);
}

void World::plan_events() {
  at_random(plan_.messages / std::max(1, plan_.burst / 2), [this] { clients_.publish(); });
  at_random(plan_.controls, [this] { clients_.operate(); });
  at_random(plan_.cancels, [this] { clients_.cancel(); });
  at_random(plan_.reads, [this] { clients_.read(); });
  at_random(plan_.limit_calls, [this] { limit_users_.call(); });
  at_random(plan_.schedule_calls, [this] { schedule_users_.call(); });
  plan_audits();
}

// Between the milliseconds nothing else happens.
void World::plan_audits() {
  for (auto at = random_.between(500ms, 1500ms); at < plan_.horizon; at += random_.between(500ms, 5000ms))
    time_.after(at + 337us, [this] { audit(); });
}

void World::audit() {
  audit_.run();
  if (audit_.is_calm())
    schedule_users_.check_due();
  else
    schedule_users_.on_trouble();
}

void World::plan_faults() {
  at_random(plan_.crashes, [this] { node_.crash_after(random_.between(1, 200)); });
  at_random(plan_.crashes_at_firings, [this] { crash_at_firing(); });
  at_random(plan_.clean_stops, [this] {
    keys_.on_withdrawal();
    node_.stop(plan_.options.grace);
  });
  at_random(plan_.full_disks, [this] { fill_disk(); });
  at_random(plan_.broken_disks, [this] { store_.break_down(); });
  // Never between a call and its handling, which happen at one moment.
  at_random(plan_.wall_jumps, [this] { time_.after(500us, [this] { jump_wall(); }); });
}

void World::crash_at_firing() {
  auto first = store_.firings(1);
  if (first.empty())
    return;
  auto wait = first.front().time - time_.now().wall;
  time_.after(std::max(wait, 0ms), [this] {
    if (time_.elapsed() < plan_.horizon)
      node_.crash_after(random_.between(1, 20));
  });
}

void World::fill_disk() {
  journal_.note("the disk is full");
  store_.set_full(true);
  time_.after(random_.between(100ms, 8000ms), [this] {
    journal_.note("the disk has room");
    store_.set_full(false);
  });
}

void World::jump_wall() {
  auto by = std::chrono::milliseconds{random_.between(-600'000, 600'000)};
  journal_.note("the wall clock jumps by ", by.count());
  time_.jump_wall(by);
}

void World::heal() {
  journal_.note("heal");
  store_.heal();
  destination_.heal();
  node_.heal();
  run_until(time_.elapsed() + 15s);
  clients_.release();
  schedule_users_.release();
}

void World::finish() {
  auto end = time_.elapsed() + patience;
  while (ledger_.open() > 0 && time_.elapsed() < end && run_until(time_.elapsed() + 10s + 337us))
    audit();
  run_until(time_.elapsed() + 10s + 337us);
  audit_.run();
  clients_.check_signing_keys();
  time_.settle();
  if (journal_.violation())
    return;
  ledger_.check_end(store_, plan_.options.deduplication_window);
  keys_.check_end();
  schedule_users_.check_end();
}

} // namespace sluice::sim
