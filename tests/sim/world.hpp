// One run: a scheduler, its disk, its destination, its clients and what goes wrong, all from one seed.
#pragma once

#include "tests/sim/callback_audit.hpp"
#include "tests/sim/clients.hpp"
#include "tests/sim/limit_users.hpp"
#include "tests/sim/plant.hpp"
#include "tests/sim/schedule_users.hpp"

namespace sluice::sim {

struct RunResult {
  std::optional<std::string> violation;
  std::uint64_t hash = 0; ///< Of everything that happened.
};

class World {
public:
  World(std::uint64_t seed, bool prints, std::optional<Plant> plant);
  ~World() { node_.shut_down(); }

  RunResult run();

private:
  void plan_events();
  void plan_faults();
  void at_random(int count, std::function<void()> event);
  void crash_at_firing();
  void fill_disk();
  void jump_wall();
  void plan_audits();
  void audit();
  void heal();
  void finish();
  bool run_until(Duration end);

  Random random_;
  Plan plan_;
  SimTime time_;
  Journal journal_;
  SimStore store_;
  Ledger ledger_;
  KeyWatch keys_;
  Destination destination_;
  Node node_;
  Audit audit_;
  Clients clients_;
  LimitUsers limit_users_;
  CallbackAudit callbacks_;
  ScheduleUsers schedule_users_;
};

} // namespace sluice::sim
