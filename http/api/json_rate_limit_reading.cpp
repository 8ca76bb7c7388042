#include <algorithm>

#include "actors/core/limit_names.hpp"
#include "actors/core/number.hpp"
#include "actors/core/text.hpp"
#include "http/api/json_parsing.hpp"
#include "http/api/json_rate_limit.hpp"

namespace sluice::http {

namespace {

using nlohmann::json;

constexpr int longest_wait = 3'600'000;

// The fields of an object, each asked for once; what nobody asked for is unknown. The first
// error is kept, so that reading goes straight on.
class Fields {
public:
  /// `path` is what stands before their names in errors.
  explicit Fields(const json& object, std::string path = {}) : object_(object), path_(std::move(path)) {}

  /// Null if it is absent.
  const json* find(const std::string& name) {
    known_.push_back(name);
    const auto found = object_.find(name);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }

  std::optional<double> number(const std::string& name, double least, bool is_above = false) {
    const auto* value = find(name);
    if (!value)
      return std::nullopt;
    if (!value->is_number() || value->get<double>() < least || (is_above && value->get<double>() == least)) {
      refuse(name, *value, std::string("a number ") + (is_above ? "above " : "of at least ") + shortest(least));
      return std::nullopt;
    }
    return value->get<double>();
  }

  std::optional<double> any_number(const std::string& name) {
    const auto* value = find(name);
    if (value && !value->is_number()) {
      refuse(name, *value, "a number");
      return std::nullopt;
    }
    return value ? std::optional(value->get<double>()) : std::nullopt;
  }

  bool flag(const std::string& name, bool otherwise = false) {
    const auto* value = find(name);
    if (value && !value->is_boolean())
      refuse(name, *value, "true or false");
    return value && value->is_boolean() ? value->get<bool>() : otherwise;
  }

  std::optional<std::string> text(const std::string& name) {
    const auto* value = find(name);
    if (value && !value->is_string())
      refuse(name, *value, "a string");
    return value && value->is_string() ? std::optional(value->get<std::string>()) : std::nullopt;
  }

  /// Which of `names` it is.
  template <class Names>
  std::optional<std::size_t> one_of(const std::string& name, const Names& names) {
    const auto* value = find(name);
    if (!value)
      return std::nullopt;
    const auto found =
        value->is_string() ? std::find(names.begin(), names.end(), value->get_ref<const std::string&>()) : names.end();
    if (found == names.end()) {
      std::string accepted;
      for (const auto& each : names)
        accepted += (accepted.empty() ? "" : ", ") + core::quoted(each);
      refuse(name, *value, "one of " + accepted);
      return std::nullopt;
    }
    return static_cast<std::size_t>(found - names.begin());
  }

  void refuse(const std::string& name, const json& value, const std::string& accepted) {
    fail(wrong_type(path_of(name), accepted, value));
  }
  void require(const std::string& name, bool is_there) {
    if (!is_there)
      fail(invalid(path_of(name), core::quoted(path_of(name)) + " is required"));
  }
  void fail(Error error) {
    if (!error_)
      error_ = std::move(error);
  }

  std::string path_of(const std::string& name) const { return path_ + name; }

  /// Success if all fields were good, and none is left.
  Result<void> done() {
    for (const auto& [name, value] : object_.items())
      if (std::find(known_.begin(), known_.end(), name) == known_.end())
        fail(invalid(path_of(name), "unknown field " + core::quoted(path_of(name)) + "; accepted are " + accepted()));
    return error_ ? Result<void>(*error_) : Result<void>{};
  }

private:
  static std::string shortest(double number) { return json(static_cast<std::int64_t>(number)).dump(); }

  std::string accepted() const {
    std::string names;
    for (const auto& name : known_)
      names += (names.empty() ? "" : ", ") + name;
    return names;
  }

  const json& object_;
  std::string path_;
  std::vector<std::string> known_;
  std::optional<Error> error_;
};

Result<json> parse_object(std::string_view text) { return text.empty() ? json::object() : parse_json_object(text); }

Result<LimitDefinition> read_definition(const json& object, std::string path = {}) {
  Fields fields(object, std::move(path));
  LimitDefinition definition;
  auto& config = definition.config;
  const auto kind = fields.one_of("kind", core::limit_kinds);
  const auto rate = fields.number("rate", 0);
  const auto period = fields.number("period", 0, true);
  config.capacity = fields.number("capacity", 0);
  config.max_reserved = fields.number("maxReserved", 0);
  config.shards = fields.number("shards", 1);
  if (const auto start = fields.any_number("start"))
    config.start = RateTime{RateDuration{*start}};
  const auto durability = fields.one_of("durability", core::limit_durabilities);
  fields.require("kind", kind.has_value());
  fields.require("rate", rate.has_value());
  fields.require("period", period.has_value());
  if (auto read = fields.done(); !read)
    return read.error();
  config.kind = static_cast<LimitKind>(*kind);
  config.rate = *rate;
  config.period = RateDuration{*period};
  definition.durability = static_cast<LimitDurability>(durability.value_or(0));
  return definition;
}

void read_config(Fields& fields, std::optional<LimitDefinition>& definition) {
  const auto* config = fields.find("config");
  if (!config)
    return;
  if (!config->is_object())
    return fields.refuse("config", *config, "an object");
  auto read = read_definition(*config, fields.path_of("config."));
  if (read)
    definition = *read;
  else
    fields.fail(read.error());
}

// What every request may say of itself.
void read_common(Fields& fields, BucketRequest& request) {
  request.count = fields.any_number("count").value_or(request.count);
  request.reserve = fields.flag("reserve", request.reserve);
  read_config(fields, request.definition);
}

Result<BucketRequest> read_item(const json& item, const BucketRequest& common, const std::string& path) {
  auto request = common;
  if (item.is_string()) {
    request.key = item.get<std::string>();
    return request;
  }
  if (!item.is_object())
    return wrong_type(path, "a string or an object", item);
  Fields fields(item, path + ".");
  request.name = fields.text("name").value_or(request.name);
  request.key = fields.text("key");
  read_common(fields, request);
  if (auto read = fields.done(); !read)
    return read.error();
  return request;
}

Result<LimitCallBody> read_items(const json& keys, const BucketRequest& common) {
  LimitCallBody body{{}, true};
  if (!keys.is_array())
    return wrong_type("keys", "a list that is not empty", keys);
  if (keys.empty())
    return wrong_type("keys", "a list that is not empty");
  for (const auto& item : keys) {
    auto request = read_item(item, common, "keys[" + std::to_string(body.requests.size()) + "]");
    if (!request)
      return request.error();
    body.requests.push_back(*std::move(request));
  }
  return body;
}

} // namespace

Result<LimitDefinition> read_limit_definition(std::string_view text) {
  const auto object = parse_json_object(text);
  return object ? read_definition(*object) : object.error();
}

Result<LimitCallBody> read_limit_call(std::string_view text, const std::string& name) {
  const auto object = parse_object(text);
  if (!object)
    return object.error();
  Fields fields(*object);
  BucketRequest request;
  request.name = name;
  request.key = fields.text("key");
  read_common(fields, request);
  request.throws = fields.flag("throws");
  request.dry_run = fields.flag("dryRun");
  const auto* keys = fields.find("keys");
  if (keys && (request.key || request.throws || request.dry_run))
    fields.fail(invalid("keys", "\"keys\" goes with neither \"key\" nor \"throws\" nor \"dryRun\""));
  if (auto read = fields.done(); !read)
    return read.error();
  return keys ? read_items(*keys, request) : LimitCallBody{{std::move(request)}, false};
}

Result<WaitRequest> read_acquire(std::string_view text, std::string name) {
  const auto object = parse_object(text);
  if (!object)
    return object.error();
  Fields fields(*object);
  WaitRequest request{std::move(name)};
  request.key = fields.text("key");
  request.count = fields.number("count", 0).value_or(request.count);
  const auto wait = fields.number("wait", 0).value_or(request.patience.count());
  if (wait > longest_wait)
    fields.refuse("wait", *fields.find("wait"), "at most " + std::to_string(longest_wait));
  request.patience = RateDuration{wait};
  if (auto read = fields.done(); !read)
    return read.error();
  return request;
}

Result<ReservationRequest> read_reserve(std::string_view text, std::string name) {
  const auto object = parse_object(text);
  if (!object)
    return object.error();
  Fields fields(*object);
  ReservationRequest request{std::move(name)};
  request.key = fields.text("key");
  request.count = fields.number("count", 0).value_or(request.count);
  request.hold = RateDuration{fields.number("hold", 0).value_or(request.hold.count())};
  read_config(fields, request.definition);
  if (auto read = fields.done(); !read)
    return read.error();
  return request;
}

Result<BucketQuery> read_credit(std::string_view text, std::string name) {
  const auto object = parse_object(text);
  if (!object)
    return object.error();
  Fields fields(*object);
  BucketQuery bucket{std::move(name)};
  bucket.key = fields.text("key");
  bucket.count = fields.number("count", 0).value_or(bucket.count);
  read_config(fields, bucket.definition);
  if (auto read = fields.done(); !read)
    return read.error();
  return bucket;
}

Result<SettleBody> read_settle(std::string_view text, bool commits) {
  const auto object = parse_object(text);
  if (!object)
    return object.error();
  Fields fields(*object);
  const auto shown = fields.text("reservation");
  const auto id = core::parse_unsigned(shown.value_or(""));
  if (shown && !id)
    fields.refuse("reservation", *fields.find("reservation"), "the text that `reserve` answered");
  fields.require("reservation", shown.has_value());
  const auto used = commits ? fields.number("used", 0) : 0;
  fields.require("used", used.has_value());
  if (auto read = fields.done(); !read)
    return read.error();
  return SettleBody{ReservationId{*id}, *used};
}

Result<std::optional<std::string>> read_reset(std::string_view text) {
  const auto object = parse_object(text);
  if (!object)
    return object.error();
  Fields fields(*object);
  auto key = fields.text("key");
  if (auto read = fields.done(); !read)
    return read.error();
  return key;
}

} // namespace sluice::http
