// A file of shell assignments, `NAME=value` a line, that keeps its other lines as they are.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::program {

class Assignments {
public:
  explicit Assignments(std::string_view text = {});

  /// The value of the last assignment of `name`: as a shell would have it for plain words
  /// and for one pair of quotes without escapes. `export` may stand before it.
  std::optional<std::string> find(std::string_view name) const;

  /// Replaces the assignments of `name`, or adds one at the end.
  void set(std::string_view name, std::string_view value);

  std::string text() const;

private:
  std::vector<std::string> lines_;
};

} // namespace sluice::program
