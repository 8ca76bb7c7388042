#include "http/program/crash_points.hpp"

#include <iostream>

#include "actors/crash_point.hpp"
#include "http/program/exit_code.hpp"

namespace sluice::program {

int list_crash_points() {
  auto names = crash_points();
  for (const auto& name : names)
    std::cout << name << '\n';
  if (!names.empty())
    return done;
  std::cerr << "sluice: this build has no crash points; configure one for crash tests with -DSLUICE_CRASH_POINTS=ON\n";
  return usage_error;
}

} // namespace sluice::program
