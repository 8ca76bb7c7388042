// What happened in one run, line by line: printed if wished, and hashed, so that two runs of a
// seed can be compared to the byte. Keeps the first violation.
#pragma once

#include <cstdint>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>

#include "tests/support/virtual_time.hpp"

namespace sluice::sim {

class Journal {
public:
  Journal(const test::VirtualTime& time, bool prints) : time_(time), prints_(prints) {}

  template <class... Parts>
  void note(const Parts&... parts) {
    std::ostringstream line;
    line << std::chrono::floor<std::chrono::microseconds>(time_.elapsed()).count() << ' ';
    (line << ... << parts);
    line << '\n';
    take(line.str());
  }
  /// An invariant is broken.
  template <class... Parts>
  void violate(const Parts&... parts) {
    std::ostringstream text;
    (text << ... << parts);
    note("VIOLATED ", text.str());
    if (!violation_)
      violation_ = text.str();
  }

  const std::optional<std::string>& violation() const { return violation_; }
  std::uint64_t hash() const { return hash_; }

private:
  // FNV-1a.
  void take(const std::string& line) {
    for (unsigned char byte : line)
      hash_ = (hash_ ^ byte) * 1099511628211U;
    if (prints_)
      std::cout << line;
  }

  const test::VirtualTime& time_;
  bool prints_;
  std::uint64_t hash_ = 14695981039346656037U;
  std::optional<std::string> violation_;
};

} // namespace sluice::sim
