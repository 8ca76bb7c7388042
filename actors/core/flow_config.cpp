#include "actors/core/flow_config.hpp"

namespace sluice::core {

namespace {

// Applies one operation to a configuration.
struct Applied {
  FlowConfig config;

  Result<FlowConfig> operator()(const UseLimits& use) {
    if (!config.pinned_parallelism)
      config.limits.parallelism = use.limits.parallelism;
    if (!config.pinned_rate) {
      config.limits.rate = use.limits.rate;
      config.limits.period = use.limits.period;
    }
    return config;
  }

  Result<FlowConfig> operator()(const PinRequest& pin) {
    if (pin.period && !pin.rate && !config.limits.rate)
      return invalid("period", "period can be pinned alone only while a rate is in force; pass rate as well");
    if (pin.parallelism) {
      config.limits.parallelism = pin.parallelism;
      config.pinned_parallelism = true;
    }
    if (pin.rate || pin.period) {
      auto period_in_force = config.limits.rate ? config.limits.period : min_rate_period;
      config.limits.period = pin.period.value_or(period_in_force);
      if (pin.rate)
        config.limits.rate = pin.rate;
      config.pinned_rate = true;
    }
    return config;
  }

  Result<FlowConfig> operator()(const UnpinRequest& unpin) {
    config.pinned_parallelism = config.pinned_parallelism && !unpin.parallelism;
    config.pinned_rate = config.pinned_rate && !unpin.rate;
    return config;
  }

  Result<FlowConfig> operator()(Pause) {
    config.paused = true;
    return config;
  }

  Result<FlowConfig> operator()(Resume) {
    config.paused = false;
    return config;
  }

  Result<FlowConfig> operator()(ResetRate) { return config; }
  Result<FlowConfig> operator()(Reset) { return config; }

  Result<FlowConfig> operator()(const Restore& restore) { return restore.config; }

  Result<FlowConfig> operator()(const QueueSettings& settings) {
    if (settings.parallelism)
      config.limits.parallelism = settings.parallelism;
    config.paused = settings.paused.value_or(config.paused);
    return config;
  }
};

} // namespace

bool starts_period(const FlowOperation& operation) {
  return std::holds_alternative<PinRequest>(operation) || std::holds_alternative<ResetRate>(operation) ||
         std::holds_alternative<Reset>(operation);
}

Result<FlowConfig> apply(FlowConfig config, const FlowOperation& operation) {
  return std::visit(Applied{std::move(config)}, operation);
}

} // namespace sluice::core
