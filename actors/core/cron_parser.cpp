#include "actors/core/cron_parser.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "actors/core/characters.hpp"
#include "actors/core/number.hpp"
#include "actors/core/text.hpp"

namespace sluice::core {

namespace {

constexpr std::string_view month_names[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                            "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::string_view weekday_names[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

struct Field {
  std::string_view name;
  std::string_view accepted;
  unsigned first;
  unsigned last;
  std::span<const std::string_view> names{}; // Of the values from `first` on.
};

constexpr Field fields_in_order[] = {{"minute", "0-59", 0, 59},
                                     {"hour", "0-23", 0, 23},
                                     {"day of month", "1-31", 1, 31},
                                     {"month", "1-12 or JAN-DEC", 1, 12, month_names},
                                     {"day of week", "0-6 or SUN-SAT", 0, 6, weekday_names}};

struct Selection {
  std::uint64_t mask = 0;
  bool any = false;
};

Error reason(std::string text) { return invalid("", std::move(text)); }

Error not_accepted(const Field& field, std::string_view text) {
  return reason(std::string(field.name) + " must be " + std::string(field.accepted) +
                ", * or ?, or lists, ranges and steps of these such as 1,3 or 1-5 or */2, not " + quoted(text));
}

std::optional<unsigned> named_value(const Field& field, std::string_view text) {
  const auto name = std::find_if(field.names.begin(), field.names.end(),
                                 [text](std::string_view known) { return equals_ignoring_case(known, text); });
  if (name == field.names.end())
    return std::nullopt;
  return field.first + static_cast<unsigned>(name - field.names.begin());
}

std::optional<unsigned> value(const Field& field, std::string_view text) {
  const auto number = parse_integer(text);
  if (!number)
    return named_value(field, text);
  return *number < field.first || *number > field.last ? std::nullopt : std::optional(static_cast<unsigned>(*number));
}

struct Range {
  unsigned first;
  unsigned last;
};

// `text` is a value or `first-last`; the range may be reversed. A value alone that has a
// step goes on to the end.
std::optional<Range> range(const Field& field, std::string_view text, bool has_step) {
  const auto dash = text.find('-');
  const auto first = value(field, text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : value(field, text.substr(dash + 1));
  if (!first || !last)
    return std::nullopt;
  return Range{*first, has_step && dash == std::string_view::npos ? field.last : *last};
}

// Steps beyond the field's end are as good as its end.
std::optional<unsigned> step(std::string_view text) {
  const auto number = parse_integer(text);
  if (!number || *number == 0)
    return std::nullopt;
  return static_cast<unsigned>(std::min<std::int64_t>(*number, 64));
}

std::uint64_t mask_of(Range range, unsigned step) {
  std::uint64_t mask = 0;
  for (auto value = range.first; value <= range.last; value += step)
    mask |= std::uint64_t{1} << value;
  return mask;
}

Result<Selection> parse_item(const Field& field, std::string_view text) {
  const auto slash = text.find('/');
  const bool has_step = slash != std::string_view::npos;
  const auto values = text.substr(0, slash);
  const bool all = values == "*" || values == "?";
  const auto selected = all ? Range{field.first, field.last} : range(field, values, has_step);
  if (!selected)
    return not_accepted(field, text);
  const auto width = has_step ? step(text.substr(slash + 1)) : 1;
  if (!width)
    return reason("the step of " + quoted(text) + " in " + std::string(field.name) + " must be a positive number");
  if (selected->first > selected->last)
    return reason("the range " + quoted(text) + " in " + std::string(field.name) + " must not end before it begins");
  return Selection{mask_of(*selected, *width), all && *width == 1};
}

Result<Selection> parse_field(const Field& field, std::string_view text) {
  const auto items = split_list(text);
  if (items.empty())
    return not_accepted(field, text);
  Selection sum;
  for (const auto& item : items) {
    const auto selection = parse_item(field, item);
    if (!selection)
      return selection.error();
    sum.mask |= selection->mask;
    sum.any |= selection->any;
  }
  return sum;
}

std::vector<std::string_view> split_blanks(std::string_view text) {
  std::vector<std::string_view> words;
  for (text = trim_blanks(text); !text.empty(); text = trim_blanks(text)) {
    const auto end = static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_blank) - text.begin());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

CronFields combined(std::span<const Selection> selections) {
  return {.minutes = selections[0].mask,
          .hours = selections[1].mask,
          .days = selections[2].mask,
          .months = selections[3].mask,
          .weekdays = selections[4].mask,
          .any_day = selections[2].any,
          .any_weekday = selections[4].any};
}

} // namespace

Result<CronFields> parse_cron_fields(std::string_view text) {
  const auto words = split_blanks(text);
  if (words.size() != std::size(fields_in_order))
    return reason("expected 5 fields (minute, hour, day of month, month, day of week), found " +
                  std::to_string(words.size()));
  std::vector<Selection> selections;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto selection = parse_field(fields_in_order[i], words[i]);
    if (!selection)
      return selection.error();
    selections.push_back(*selection);
  }
  const auto fields = combined(selections);
  if (!ever_matches(fields))
    return reason("no year has such a date: day of month " + quoted(words[2]) + " in month " + quoted(words[3]));
  return fields;
}

} // namespace sluice::core
