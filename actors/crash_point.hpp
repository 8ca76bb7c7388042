// Named points at which a test can end the program as `kill -9` would (option SLUICE_CRASH_POINTS).
//
// SLUICE_CRASH_AT=NAME:N in the environment ends the process with status 137 when the point
// NAME is passed for the N-th time: nothing is flushed, no destructor runs. Without the option
// a point is nothing.
#pragma once

#include <string>
#include <vector>

#ifdef SLUICE_CRASH_POINTS

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string_view>

#include <unistd.h>

namespace sluice {

namespace crash_point_detail {

inline std::vector<std::string>& registry() {
  static std::vector<std::string> names;
  return names;
}

/// Where to end, as the environment says; `passages_left` is 0 for never.
struct Target {
  std::string name;
  std::atomic<int> passages_left{0};

  Target() {
    const char* text = std::getenv("SLUICE_CRASH_AT");
    std::string_view wanted = text ? text : "";
    auto colon = wanted.rfind(':');
    if (colon == std::string_view::npos)
      return;
    name = wanted.substr(0, colon);
    passages_left = std::atoi(wanted.data() + colon + 1);
  }
};

inline void pass(std::string_view name) {
  static Target target;
  if (name == target.name && target.passages_left > 0 && --target.passages_left == 0)
    _exit(137);
}

template <std::size_t size>
struct Name {
  char text[size];
  constexpr Name(const char (&literal)[size]) { std::copy_n(literal, size, text); }
};

// One object per name, made before main: so a point is listed though it was never passed.
template <Name name>
struct Registered {
  Registered() { registry().push_back(name.text); }
  static inline const Registered instance{};
};

template <Name name>
void pass() {
  static_cast<void>(&Registered<name>::instance);
  pass(std::string_view(name.text));
}

} // namespace crash_point_detail

/// Every point of this program, sorted.
inline std::vector<std::string> crash_points() {
  auto names = crash_point_detail::registry();
  std::sort(names.begin(), names.end());
  return names;
}

} // namespace sluice

#define SLUICE_CRASH_POINT(name) ::sluice::crash_point_detail::pass<name>()

#else

namespace sluice {

inline std::vector<std::string> crash_points() { return {}; }

} // namespace sluice

#define SLUICE_CRASH_POINT(name) static_cast<void>(0)

#endif
