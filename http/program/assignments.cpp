#include "http/program/assignments.hpp"

#include "actors/core/characters.hpp"
#include "http/program/escape.hpp"

namespace sluice::program {

namespace {

std::optional<std::string_view> value_of(std::string_view line, std::string_view name) {
  line = core::trim_blanks(line);
  if (line.starts_with("export "))
    line = core::trim_blanks(line.substr(7));
  if (!line.starts_with(name) || !line.substr(name.size()).starts_with('='))
    return std::nullopt;
  return line.substr(name.size() + 1);
}

std::string_view without_quotes(std::string_view value) {
  bool is_quoted = value.size() >= 2 && (value[0] == '\'' || value[0] == '"') && value.back() == value[0];
  return is_quoted ? value.substr(1, value.size() - 2) : value;
}

} // namespace

Assignments::Assignments(std::string_view text) {
  while (!text.empty()) {
    auto end = text.find('\n');
    lines_.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

std::optional<std::string> Assignments::find(std::string_view name) const {
  std::optional<std::string> found;
  for (const auto& line : lines_)
    if (auto value = value_of(line, name))
      found = without_quotes(*value);
  return found;
}

void Assignments::set(std::string_view name, std::string_view value) {
  auto assignment = std::string(name).append("=").append(shell_word(value));
  bool is_there = false;
  for (auto& line : lines_)
    if (value_of(line, name)) {
      line = assignment;
      is_there = true;
    }
  if (!is_there)
    lines_.push_back(std::move(assignment));
}

std::string Assignments::text() const {
  std::string text;
  for (const auto& line : lines_)
    text.append(line).append("\n");
  return text;
}

} // namespace sluice::program
