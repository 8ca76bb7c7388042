#include "http/api/selectors.hpp"

#include <algorithm>
#include <iterator>

#include "actors/core/text.hpp"
#include "http/api/json_selectors.hpp"

namespace sluice::http {

namespace {

constexpr std::size_t max_values = 10'000;

bool is_url(std::string_view text) { return text.starts_with("http://") || text.starts_with("https://"); }

bool may_split(std::string_view name, const std::vector<std::string>& pieces) {
  if (name == "url")
    return std::all_of(pieces.begin(), pieces.end(), is_url);
  if (name == "path")
    return std::all_of(pieces.begin(), pieces.end(), [](const std::string& piece) { return piece.starts_with('/'); });
  return true;
}

void append_pieces(NamedValue parameter, std::vector<NamedValue>& values) {
  auto pieces = core::split_list(parameter.value);
  if (pieces.size() < 2 || !may_split(parameter.name, pieces))
    return values.push_back(std::move(parameter));
  for (auto& piece : pieces)
    values.push_back({parameter.name, std::move(piece)});
}

Result<std::vector<NamedValue>> bounded(std::vector<NamedValue> values) {
  if (values.size() > max_values)
    return invalid("query", "a call may select by at most " + std::to_string(max_values) + " values, not " +
                                std::to_string(values.size()));
  return values;
}

} // namespace

Result<std::vector<NamedValue>> read_selectors(std::string_view query) {
  auto parameters = read_parameters(query);
  if (!parameters)
    return parameters;
  std::vector<NamedValue> values;
  for (auto& parameter : *parameters)
    append_pieces(std::move(parameter), values);
  return bounded(std::move(values));
}

Result<std::vector<NamedValue>> read_selectors(std::string_view query, std::string_view body) {
  auto values = read_selectors(query);
  if (!values)
    return values;
  auto more = read_selectors_json(body);
  if (!more)
    return more;
  values->insert(values->end(), std::make_move_iterator(more->begin()), std::make_move_iterator(more->end()));
  return bounded(std::move(*values));
}

Result<std::size_t> read_size(const NamedValue& parameter, std::int64_t most) {
  auto count = read_integer(parameter, 1, most);
  return count ? Result<std::size_t>(static_cast<std::size_t>(*count)) : count.error();
}

Result<void> add_text(const NamedValue& parameter, std::vector<std::string>& texts) {
  if (parameter.value.empty())
    return invalid(parameter.name, parameter.name + " must not be empty");
  texts.push_back(parameter.value);
  return {};
}

Result<WallTime> read_instant(const NamedValue& parameter) {
  auto milliseconds = read_integer(parameter, 0, last_millisecond);
  return milliseconds ? Result<WallTime>(WallTime{std::chrono::milliseconds{*milliseconds}}) : milliseconds.error();
}

} // namespace sluice::http
