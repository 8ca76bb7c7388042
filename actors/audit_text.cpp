#include "actors/audit_text.hpp"

#include "actors/core/limit_names.hpp"
#include "actors/core/message_fields.hpp"
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
  std::string operator()(const QueueSettings&) { return "setQueue"; }
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
  std::string operator()(const QueueSettings& settings) {
    std::string text;
    if (settings.parallelism)
      add(text, "parallelism=" + std::to_string(*settings.parallelism));
    if (settings.paused)
      add(text, *settings.paused ? "paused=true" : "paused=false");
    return text;
  }
  template <class Other>
  std::string operator()(const Other&) {
    return {};
  }
};

std::string_view name_of(core::MessageField field) {
  switch (field) {
  case core::MessageField::url:
    return "url";
  case core::MessageField::host:
    return "host";
  case core::MessageField::path:
    return "path";
  case core::MessageField::queue:
    return "queueName";
  case core::MessageField::flow_control_key:
    return "flowControlKey";
  case core::MessageField::label:
    return "label";
  case core::MessageField::caller_ip:
    return "callerIp";
  case core::MessageField::url_group:
    return "topicName";
  case core::MessageField::schedule:
    return "scheduleId";
  }
  return {};
}

// A call may name thousands; the log of what was done needs the first of them.
constexpr std::size_t max_detail = 1024;

void add_time(std::string& text, std::string_view name, const std::optional<WallTime>& time) {
  if (time)
    add(text, std::string(name) + '=' + std::to_string(time->time_since_epoch().count()));
}

} // namespace

std::string text_of(const MessageFilter& filter) {
  std::string text;
  core::visit_parts(filter, [&](core::MessageField field, const std::vector<std::string>& values) {
    for (std::size_t each = 0; each < values.size() && text.size() < max_detail; ++each) {
      if (each == 0)
        add(text, std::string(name_of(field)) + '=' + values[each]);
      else
        text += ',' + values[each];
    }
  });
  add_time(text, "fromDate", filter.from);
  add_time(text, "toDate", filter.to);
  return text;
}

std::string detail_of(std::string_view done, std::size_t count, const MessageFilter& filter) {
  auto text = std::string(done) + '=' + std::to_string(count);
  if (auto selected = text_of(filter); !selected.empty())
    add(text, selected);
  return text;
}

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
