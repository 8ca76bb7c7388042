#include "http/api/json_parsing.hpp"

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
    return is_new || refuse("the body has " + core::quoted(name) + " more than once");
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return refuse("the body is not valid JSON");
  }

  Result<json> result() { return refusal_.empty() ? Result<json>(std::move(root_)) : bad_body(std::move(refusal_)); }

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
      return refuse("the body is nested more than " + std::to_string(max_json_depth) + " levels deep");
    open_.push_back(place_for(std::move(empty)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  bool refuse(std::string why) {
    refusal_ = std::move(why);
    return false;
  }

  json root_;
  std::vector<json*> open_; ///< Objects and arrays that have begun, the innermost last.
  json* member_ = nullptr; ///< Whose name came last.
  std::string refusal_;
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
