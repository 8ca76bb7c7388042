#include "tests/replay_vectors/scenario.hpp"

#include <algorithm>
#include <map>

namespace sluice::replay {

namespace {

// An error of the reference, on its way out of a step.
struct Failed {
  json error;
};

template <class T>
T or_fail(Result<T> result) {
  return result ? std::move(*result) : throw Failed{json_of(result.error())};
}

NamedLimits limits_of(const json& object) {
  NamedLimits limits;
  for (const auto& [name, config] : object.items())
    limits.emplace(name, config_of(config));
  return limits;
}

RateLimiterOptions options_of(const std::shared_ptr<Script>& script) {
  return {[script] { return script->now; }, [script](Draw site) { return script->draw(site); },
          Compatibility::reference, 0, 1};
}

LimitState state_of(const json& object) { return {number_of(object.at("value")), time_of(object.at("ts"))}; }

LimitValue value_of(const json& object) {
  return {number_of(object.at("value")), time_of(object.at("ts")), object.at("shard"), config_of(object.at("config"))};
}

json json_of_row(const LimitRow& row, bool with_name) {
  json object{{"shard", row.shard}, {"value", json_of(row.state.value)}, {"ts", json_of(row.state.as_of)}};
  if (with_name)
    object["name"] = row.name;
  if (with_name && row.key)
    object["key"] = *row.key;
  return object;
}

json json_of_rows(const std::vector<LimitRow>& rows, bool with_name) {
  auto array = json::array();
  for (const auto& row : rows)
    array.push_back(json_of_row(row, with_name));
  return array;
}

using Key = std::optional<std::string>;
using SentKey = std::optional<std::string_view>;

LimitProbe::KeyFunction key_function(const json& spec) {
  const auto kind = spec.at("fn").get<std::string>();
  if (kind == "identity")
    return [](SentKey sent) -> Result<Key> { return sent ? Key(*sent) : Key(); };
  if (kind == "constant")
    return [value = spec.at("value").get<std::string>()](SentKey) -> Result<Key> { return Key(value); };
  if (kind == "prefix")
    return [prefix = spec.at("prefix").get<std::string>()](SentKey sent) -> Result<Key> {
      return Key(prefix + std::string(sent.value_or("<none>")));
    };
  if (kind == "deny")
    return [allowed = spec.at("allow")](SentKey sent) -> Result<Key> {
      if (sent && std::ranges::find(allowed, *sent) == allowed.end())
        return invalid("key", "key not allowed: " + std::string(*sent));
      return sent ? Key(*sent) : Key(allowed.at(0).get<std::string>());
    };
  throw std::runtime_error("unknown key function " + kind);
}

LimitProbe probe_of(const json& hook) {
  LimitProbe probe;
  probe.name = hook.at("name");
  probe.client_chooses = true;
  const auto options = hook.value("options", json::object());
  if (options.contains("key")) {
    const auto& key = options["key"];
    if (key.contains("const"))
      probe.key = key["const"].get<std::string>();
    else
      probe.key = key_function(key);
  }
  if (options.contains("sampleShards"))
    probe.sample_shards = number_of(options["sampleShards"]);
  if (options.contains("config"))
    probe.config = config_of(options["config"]);
  return probe;
}

// Of the operations that do not read theirs with `Fields`.
const std::map<std::string_view, std::vector<std::string_view>> known_arguments = {
    {"txn", {"ops", "onError", "abort"}},
    {"calc", {"existing", "config", "now", "count"}},
    {"drain", {}},
    {"clearAll", {}},
    {"putState", {"rows"}},
    {"hook", {"hook", "args"}},
    {"hookServerTime", {"hook"}},
    {"hookMount", {"data", "count", "sync"}},
    {"hookRender", {"data"}},
    {"hookCheck", {"ts", "count"}}};

void refuse_unknown(const std::string& operation, const json& arguments) {
  const auto known = known_arguments.find(operation);
  if (known == known_arguments.end())
    return;
  for (const auto& [name, value] : arguments.items())
    if (std::ranges::find(known->second, name) == known->second.end())
      throw std::runtime_error(operation + " has an argument that is unknown: " + name);
}

} // namespace

Scenario::Scenario(const json& scenario)
    : script_(std::make_shared<Script>()),
      limiter_(limits_of(scenario.at("limits")), options_of(script_)),
      hooks_(scenario.value("hooks", json::object())) {}

StepOutcome Scenario::run(const json& step) {
  script_->now = time_of(step.at("t_ms"));
  script_->expect(step.value("rand", json::array()));
  const auto operation = step.at("op").get<std::string>();
  StepOutcome outcome;
  try {
    outcome.result = perform(operation, step.value("args", json::object()));
  } catch (const Failed& failed) {
    outcome.result = {{"error", failed.error}};
  }
  outcome.fault = script_->fault();
  if (step.contains("state"))
    outcome.state = state_after(operation, step);
  return outcome;
}

json Scenario::perform(const std::string& operation, const json& arguments) {
  refuse_unknown(operation, arguments);
  if (operation == "txn")
    return transaction(arguments);
  if (operation == "calc")
    return calculation(arguments);
  if (operation == "drain")
    return limiter_.apply_pending(), json{{"pending", 0}};
  if (operation == "clearAll")
    return limiter_.clear(), json{{"returns", nullptr}};
  if (operation == "putState")
    return put_state(arguments);
  if (operation == "hook")
    return call(operation, arguments);
  if (operation == "hookServerTime")
    return {{"returns", json_of(script_->now)}};
  if (operation == "hookMount")
    return mount(arguments);
  if (operation == "hookRender")
    return render(arguments);
  if (operation == "hookCheck")
    return check_projection(arguments);
  return call(operation, arguments);
}

// Errors of every kind become the reference's.
json Scenario::call(const std::string& operation, const json& arguments) {
  try {
    if (operation == "limit" || operation == "check")
      return limit(arguments, operation == "limit");
    if (operation == "getValue")
      return get_value(arguments);
    if (operation == "reset")
      return reset(arguments);
    if (operation == "hook")
      return hook(arguments);
  } catch (const WrongShape&) {
    throw Failed{{{"type", "ArgumentValidationError"}}};
  } catch (const RateLimited& limited) {
    throw Failed{json_of(limited)};
  }
  throw std::runtime_error("unknown operation " + operation);
}

json Scenario::limit(const json& arguments, bool consume) {
  Fields fields(arguments);
  const auto name = fields.text("name").value();
  const auto key = fields.text("key");
  LimitRequest request;
  if (key)
    request.key = *key;
  request.count = fields.number("count").value_or(1);
  request.reserve = fields.flag("reserve").value_or(false);
  request.throws = fields.flag("throws").value_or(false);
  request.config = fields.config("config");
  fields.finish();
  return json_of(or_fail(consume ? limiter_.limit(name, request) : limiter_.check(name, request)));
}

json Scenario::get_value(const json& arguments) {
  Fields fields(arguments);
  const auto name = fields.text("name").value();
  const auto key = fields.text("key");
  ValueRequest request;
  if (key)
    request.key = *key;
  request.sample_shards = fields.number("sampleShards");
  request.config = fields.config("config");
  fields.finish();
  return json_of(or_fail(limiter_.get_value(name, request)));
}

json Scenario::reset(const json& arguments) {
  Fields fields(arguments);
  const auto name = fields.text("name").value();
  const auto key = fields.text("key");
  ResetRequest request;
  if (key)
    request.key = *key;
  request.config = fields.config("config");
  fields.finish();
  limiter_.reset(name, request);
  return {{"returns", nullptr}};
}

json Scenario::transaction(const json& arguments) {
  auto results = json::array();
  auto transaction = limiter_.begin();
  const bool catches = arguments.at("onError") == "catch";
  for (const auto& operation : arguments.at("ops")) {
    refuse_unknown(operation.at("op"), operation.at("args"));
    try {
      results.push_back(call(operation.at("op"), operation.at("args")));
    } catch (const Failed& failed) {
      if (!catches)
        throw;
      results.push_back({{"error", failed.error}});
    }
  }
  const bool commits = !arguments.at("abort").get<bool>();
  if (commits)
    transaction.commit();
  return {{"committed", commits}, {"results", results}};
}

json Scenario::calculation(const json& arguments) {
  const auto config = config_of(arguments.at("config"));
  const auto now = arguments.contains("now") ? time_of(arguments["now"]) : script_->now;
  const auto count = arguments.contains("count") ? number_of(arguments["count"]) : 0;
  const auto existing = arguments.value("existing", json());
  const auto draw = [script = script_](Draw site) { return script->draw(site); };
  const auto state = existing.is_null() ? fresh_state(config, now, draw) : state_of(existing);
  return json_of(calculate(state, config, now, count));
}

json Scenario::put_state(const json& arguments) {
  for (const auto& row : arguments.at("rows")) {
    LimitRow loaded{row.at("name"), std::nullopt, row.at("shard"), state_of(row)};
    if (row.contains("key"))
      loaded.key = row["key"].get<std::string>();
    limiter_.load(loaded);
  }
  return {{"returns", nullptr}};
}

json Scenario::hook(const json& arguments) {
  const auto probe = probe_of(hooks_.at(arguments.at("hook").get<std::string>()));
  Fields fields(arguments.at("args"));
  const auto name = fields.text("name");
  const auto key = fields.text("key");
  ProbeRequest request;
  if (name)
    request.name = *name;
  if (key)
    request.key = *key;
  request.sample_shards = fields.number("sampleShards");
  request.config = fields.config("config");
  fields.finish();
  return json_of(or_fail(read_limit(limiter_, probe, request)));
}

json Scenario::mount(const json& arguments) {
  if (arguments.contains("data"))
    mounted_ = value_of(arguments["data"]);
  if (arguments.contains("count"))
    count_ = number_of(arguments["count"]);
  auto now = script_->now;
  if (arguments.contains("sync")) {
    const RateDuration latency{number_of(arguments["sync"].at("latency"))};
    offset_ = clock_offset(time_of(arguments["sync"].at("serverTime")), now, latency);
    now += latency;
  }
  return status_at(now);
}

json Scenario::render(const json& arguments) {
  if (arguments.contains("data"))
    mounted_ = value_of(arguments["data"]);
  return status_at(script_->now);
}

json Scenario::status_at(RateTime now) const {
  if (!mounted_)
    return {{"status", nullptr}};
  const auto projection = project(*mounted_, now, count_, offset_);
  if (projection.ok)
    return {{"status", {{"ok", true}}}};
  return {{"status", {{"ok", false}, {"retryAt", json_of(projection.retry_at.value())}}},
          {"refreshIn", json_of((*projection.retry_at - now).count())}};
}

json Scenario::check_projection(const json& arguments) {
  if (!mounted_)
    return nullptr;
  const auto now = arguments.contains("ts") ? time_of(arguments["ts"]) : script_->now;
  const auto count = arguments.contains("count") ? number_of(arguments["count"]) : 0;
  const auto projection = project(*mounted_, now, count, offset_);
  json object{{"value", json_of(projection.value)},
              {"ts", json_of(projection.as_of)},
              {"shard", projection.shard},
              {"ok", projection.ok}};
  if (projection.retry_at)
    object["retryAt"] = json_of(*projection.retry_at);
  return object;
}

json Scenario::state_after(const std::string& operation, const json& step) const {
  if (step["state"].is_object())
    return {{"rows", limiter_.row_count()}};
  const bool is_of_one =
      operation == "limit" || operation == "check" || operation == "getValue" || operation == "reset";
  if (!is_of_one)
    return json_of_rows(limiter_.rows(), true);
  const auto& arguments = step.at("args");
  SentKey key;
  if (arguments.contains("key") && arguments["key"].is_string())
    key = arguments["key"].get_ref<const std::string&>();
  return json_of_rows(limiter_.rows(arguments.at("name").get<std::string>(), key), false);
}

} // namespace sluice::replay
