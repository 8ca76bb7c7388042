// The parameters of calls that select many things at once, from the query or a JSON body (spec §2.1,
// §2.6, §2.10): read into pairs here, and given their meaning by a table of fields.
#pragma once

#include <algorithm>
#include <set>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "actors/core/text.hpp"
#include "http/api/parameters.hpp"
#include "sluice/time.hpp"

namespace sluice::http {

/// 9999-12-31 in milliseconds.
inline constexpr std::int64_t last_millisecond = 253'402'300'799'999;

/// The parameters of `query`. One value may hold several, separated by commas: URLs and paths are split
/// only where each piece is one. Error: `invalid_argument` for a broken escape or too many values.
Result<std::vector<NamedValue>> read_selectors(std::string_view query);

/// The same, and those of a JSON body if there is one.
Result<std::vector<NamedValue>> read_selectors(std::string_view query, std::string_view body);

/// How a parameter is read into a `Selection`.
template <class Selection>
struct SelectorField {
  std::string_view name;
  Result<void> (*read)(const NamedValue&, Selection&);
  bool once = false; ///< It has one value.
  bool is_accepted = true; ///< Else it is known only to be refused.
};

/// The first field of a name counts; the end of `fields` if there is none.
template <class Selection>
auto find_field(std::span<const SelectorField<Selection>> fields, std::string_view name) {
  return std::find_if(fields.begin(), fields.end(), [&](const auto& each) { return each.name == name; });
}

/// The names that are accepted, with commas between them.
template <class Selection>
std::string accepted_names(std::span<const SelectorField<Selection>> fields) {
  std::string names;
  for (const auto& field : fields)
    if (field.is_accepted && &*find_field(fields, field.name) == &field)
      names.append(names.empty() ? "" : ", ").append(field.name);
  return names;
}

/// Whether a call may be answered without what it asked for: a list may leave a parameter out that it
/// does not know or that is empty, but a call that changes things must not do more than was meant.
enum class Strictness { lenient, strict };

template <class Selection>
Result<void> read_selection(const std::vector<NamedValue>& values,
                            std::type_identity_t<std::span<const SelectorField<Selection>>> fields,
                            Strictness strictness, Selection& selection) {
  std::set<std::string_view> seen;
  for (const auto& value : values) {
    if (strictness == Strictness::lenient && value.value.empty())
      continue;
    auto field = find_field<Selection>(fields, value.name);
    if (field == fields.end() && strictness == Strictness::lenient)
      continue;
    if (field == fields.end())
      return invalid(value.name, "unknown parameter " + core::quoted(value.name) + "; accepted are " +
                                     accepted_names<Selection>(fields));
    if (!seen.insert(field->name).second && field->once)
      return invalid(value.name, value.name + " is given more than once");
    if (auto read = field->read(value, selection); !read)
      return read;
  }
  return {};
}

/// Keeps what was read, or tells what was wrong with it.
template <class T, class Target>
Result<void> keep(Result<T> read, Target& target) {
  if (!read)
    return read.error();
  target = *std::move(read);
  return {};
}

/// Reads how many, 1 to `most`. Error: as `bad_parameter`.
Result<std::size_t> read_size(const NamedValue& parameter, std::int64_t most);

/// Adds a text that is not empty to `texts`. Error: `invalid_argument` by the name of the parameter.
Result<void> add_text(const NamedValue& parameter, std::vector<std::string>& texts);
/// Reads an instant in milliseconds. Error: the same.
Result<WallTime> read_instant(const NamedValue& parameter);

} // namespace sluice::http
