#include "tests/sim/config_history.hpp"

#include <algorithm>

namespace sluice::sim {

namespace {

constexpr std::size_t max_remembered = 32;

void add(std::vector<core::FlowConfig>& all, core::FlowConfig config) {
  if (std::find(all.begin(), all.end(), config) == all.end())
    all.push_back(std::move(config));
}

} // namespace

ConfigHistory::Number ConfigHistory::call(core::FlowOperation operation) {
  forget_old();
  operations_.push_back({std::move(operation), Fate::open});
  return forgotten_ + operations_.size() - 1;
}

void ConfigHistory::call_unsure(core::FlowOperation operation) {
  operations_.push_back({std::move(operation), Fate::unknown});
}

void ConfigHistory::answer(Number number, bool succeeded, Duration now) {
  auto& operation = operations_.at(number - forgotten_);
  operation.fate = succeeded ? Fate::succeeded : Fate::failed;
  operation.answered_at = now;
}

void ConfigHistory::on_process_over() {
  for (auto& operation : operations_)
    if (operation.fate == Fate::open)
      operation.fate = Fate::unknown;
}

std::vector<core::FlowConfig> ConfigHistory::possible(Duration asked) const {
  auto configs = base_;
  for (const auto& operation : operations_)
    configs = after(configs, operation, operation.answered_at < asked);
  return configs;
}

std::vector<core::FlowConfig> ConfigHistory::after(const std::vector<core::FlowConfig>& before,
                                                   const Operation& operation, bool is_sure) {
  std::vector<core::FlowConfig> all;
  for (const auto& config : before) {
    bool unknown = operation.fate == Fate::open || operation.fate == Fate::unknown || !is_sure;
    if (operation.fate == Fate::failed || unknown)
      add(all, config);
    if (operation.fate != Fate::failed)
      if (auto applied = core::apply(config, operation.what))
        add(all, *applied);
  }
  return all;
}

void ConfigHistory::forget_old() {
  while (operations_.size() > max_remembered && operations_.front().fate != Fate::open) {
    base_ = after(base_, operations_.front(), true);
    operations_.pop_front();
    ++forgotten_;
  }
}

} // namespace sluice::sim
