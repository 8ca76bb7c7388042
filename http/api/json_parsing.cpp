#include "http/api/json_parsing.hpp"

#include <array>
#include <set>

#include "actors/core/text.hpp"

namespace sluice::http {

namespace {

using nlohmann::json;
using Event = json::parse_event_t;

std::string shown(const json& value) {
  if (value.is_string())
    return core::quoted(value.get_ref<const std::string&>());
  return value.is_structured() ? value.type_name() : value.dump();
}

Error bad_body(std::string message) { return invalid("body", std::move(message)); }

// Watches the parser: what it refuses is never built, so that a hostile text costs no memory.
class Watch {
public:
  bool operator()(int depth, Event event, const json& parsed) {
    if (event == Event::object_start || event == Event::array_start)
      return enter(depth);
    return event != Event::key || take(depth, parsed.get_ref<const std::string&>());
  }

  bool is_too_deep() const { return is_too_deep_; }
  const std::string* repeated() const { return repeated_.empty() ? nullptr : &repeated_; }

private:
  bool enter(int depth) {
    if (depth >= max_json_depth) {
      is_too_deep_ = true;
      return false;
    }
    names_[static_cast<std::size_t>(depth)].clear();
    return true;
  }

  // The depth of a name is one more than that of its object.
  bool take(int depth, const std::string& name) {
    if (depth <= max_json_depth && !names_[static_cast<std::size_t>(depth) - 1].insert(name).second)
      repeated_ = core::quoted(name);
    return true;
  }

  std::array<std::set<std::string>, max_json_depth> names_;
  bool is_too_deep_ = false;
  std::string repeated_;
};

} // namespace

Result<json> parse_json(std::string_view text) {
  // The parser takes a NUL for the end, whatever follows.
  if (text.find('\0') != std::string_view::npos)
    return bad_body("the body is not valid JSON");
  Watch watch;
  auto callback = [&watch](int depth, Event event, json& parsed) { return watch(depth, event, parsed); };
  auto parsed = json::parse(text, callback, false);
  if (watch.is_too_deep())
    return bad_body("the body is nested more than " + std::to_string(max_json_depth) + " levels deep");
  if (parsed.is_discarded())
    return bad_body("the body is not valid JSON");
  if (watch.repeated())
    return bad_body("the body has " + *watch.repeated() + " more than once");
  return parsed;
}

Result<json> parse_json_object(std::string_view text) {
  auto parsed = parse_json(text);
  if (parsed && !parsed->is_object())
    return bad_body("the body must be a JSON object");
  return parsed;
}

Error wrong_type(std::string_view name, std::string_view expected) {
  return invalid(std::string(name), core::quoted(name) + " must be " + std::string(expected));
}

Error wrong_type(std::string_view name, std::string_view expected, const json& given) {
  auto error = wrong_type(name, expected);
  error.message += ", not " + shown(given);
  return error;
}

} // namespace sluice::http
