#include "http/api/json_parsing.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "actors/core/text.hpp"

namespace sluice::http {

namespace {

using nlohmann::json;

std::string shown(const json& value) {
  if (value.is_string())
    return core::quoted(value.get_ref<const std::string&>());
  return value.is_structured() ? value.type_name() : value.dump();
}

// Of the library's exceptions: a number that no double can hold.
constexpr int number_overflow = 406;
constexpr auto any_number = "a number from -1.7976931348623157e308 to 1.7976931348623157e308";

const std::string& name_of(const json& object, const json* member) {
  const auto& members = object.get_ref<const json::object_t&>();
  return std::ranges::find_if(members, [&](const auto& each) { return &each.second == member; })->first;
}

Error bad_body(std::string message) { return invalid("body", std::move(message)); }

// Builds a value as the parser goes, and stops it at what is refused: a hostile text costs no memory. The parser's own
// builder with a callback looks through all of a list whenever an item of it ends.
class Builder final : public nlohmann::json_sax<json> {
public:
  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t&) override { return put(value); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    auto [slot, is_new] = open_.back()->get_ref<json::object_t&>().try_emplace(name);
    member_ = &slot->second;
    return is_new || refuse(invalid(path(), "the body has " + core::quoted(path()) + " more than once"));
  }

  bool parse_error(std::size_t, const std::string& token, const nlohmann::detail::exception& error) override {
    return refuse(error.id == number_overflow ? wrong_type(path(), any_number, token)
                                              : bad_body("the body is not valid JSON"));
  }

  Result<json> result() { return refusal_ ? Result<json>(std::move(*refusal_)) : std::move(root_); }

private:
  // What is open is the last of what it is in, so that it stays where it is.
  json* place_for(json value) {
    if (open_.empty())
      return &(root_ = std::move(value));
    if (open_.back()->is_array())
      return &open_.back()->emplace_back(std::move(value));
    return &(*member_ = std::move(value));
  }

  bool put(json value) { return place_for(std::move(value)) != nullptr; }

  bool open(json empty) {
    if (open_.size() == max_json_depth)
      return refuse(bad_body("the body is nested more than " + std::to_string(max_json_depth) + " levels deep"));
    open_.push_back(place_for(std::move(empty)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  // Of what comes next: `keys[1].count`.
  std::string path() const {
    std::string path;
    for (std::size_t level = 0; level < open_.size(); ++level) {
      const auto& container = *open_[level];
      const bool is_innermost = level + 1 == open_.size();
      if (container.is_array())
        path += '[' + std::to_string(container.size() - (is_innermost ? 0 : 1)) + ']';
      else
        path += (path.empty() ? "" : ".") + name_of(container, is_innermost ? member_ : open_[level + 1]);
    }
    return path.empty() ? "body" : path;
  }

  bool refuse(Error why) {
    refusal_ = std::move(why);
    return false;
  }

  json root_;
  std::vector<json*> open_; ///< Objects and arrays that have begun, the innermost last.
  json* member_ = nullptr; ///< Whose name came last.
  std::optional<Error> refusal_;
};

} // namespace

Result<json> parse_json(std::string_view text) {
  // The parser takes a NUL for the end, whatever follows.
  if (text.find('\0') != std::string_view::npos)
    return bad_body("the body is not valid JSON");
  Builder builder;
  json::sax_parse(text, &builder);
  return builder.result();
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
