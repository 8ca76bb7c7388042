#include "actors/audit_text.hpp"

#include "actors/core/limit_names.hpp"
#include "actors/core/rate_limit_text.hpp"

namespace sluice {

namespace {

struct Action {
  std::string operator()(const PinRequest&) { return "pin"; }
  std::string operator()(const UnpinRequest&) { return "unpin"; }
  std::string operator()(core::Pause) { return "pause"; }
  std::string operator()(core::Resume) { return "resume"; }
  std::string operator()(core::ResetRate) { return "resetRate"; }
  std::string operator()(core::Reset) { return "reset"; }
  std::string operator()(const QueueSettings&) { return "queue"; }
  std::string operator()(const core::UseLimits&) { return "limits"; }
  std::string operator()(const core::Restore&) { return "restore"; }
};

void add(std::string& text, const std::string& part) { text += (text.empty() ? "" : " ") + part; }

std::string seconds(Duration duration) {
  return std::to_string(std::chrono::floor<std::chrono::seconds>(duration).count()) + "s";
}

struct Detail {
  std::string operator()(const PinRequest& pin) {
    std::string text;
    if (pin.parallelism)
      add(text, "parallelism=" + std::to_string(*pin.parallelism));
    if (pin.rate)
      add(text, "rate=" + std::to_string(*pin.rate));
    if (pin.period)
      add(text, "period=" + seconds(*pin.period));
    return text;
  }
  std::string operator()(const UnpinRequest& unpin) {
    std::string text;
    if (unpin.parallelism)
      add(text, "parallelism");
    if (unpin.rate)
      add(text, "rate");
    return text;
  }
  template <class Other>
  std::string operator()(const Other&) {
    return {};
  }
};

} // namespace

std::string action_of(const core::FlowOperation& operation) { return std::visit(Action{}, operation); }

std::string detail_of(const core::FlowOperation& operation) { return std::visit(Detail{}, operation); }

std::string detail_of(const LimitDefinition& definition) {
  const auto& config = definition.config;
  std::string text = "kind=" + std::string(core::name_of(config.kind));
  auto number = [&](std::string_view name, std::optional<double> value) {
    if (value)
      add(text, std::string(name) + "=" + core::javascript_text(*value));
  };
  number("rate", config.rate);
  number("period", config.period.count());
  number("capacity", config.capacity);
  number("maxReserved", config.max_reserved);
  number("shards", config.shards);
  number("start", config.start ? std::optional(config.start->time_since_epoch().count()) : std::nullopt);
  add(text, "durability=" + std::string(core::name_of(definition.durability)));
  return text;
}

} // namespace sluice
