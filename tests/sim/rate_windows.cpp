#include "tests/sim/rate_windows.hpp"

#include <algorithm>

namespace sluice::sim {

namespace {

constexpr auto never = Duration::max();
constexpr Duration moment{1};

// For each start the earliest moment at which a period that it is the first of can begin.
class Explanation {
public:
  Explanation(const Starts& starts, const FlowLimits& limits)
      : starts_(starts), limits_(limits), earliest_(starts.times.size() + 1, never) {}

  bool exists() {
    const auto& times = starts_.times;
    if (times.empty())
      return true;
    earliest_[0] = times[0] - unseen(limits_.period);
    for (std::size_t first = 0; first < times.size(); ++first)
      if (earliest_[first] != never)
        extend(first);
    return earliest_.back() != never;
  }

private:
  Duration unseen(Duration most) const { return starts_.may_begin_unseen ? most : Duration{0}; }

  void extend(std::size_t first) {
    const auto& times = starts_.times;
    auto last = std::min(times.size(), first + static_cast<std::size_t>(*limits_.rate));
    for (auto next = first + 1; next <= last; ++next) {
      auto begin = std::max(earliest_[first], times[next - 1] - limits_.period + moment);
      if (begin > times[first])
        return;
      follow(next, begin + limits_.period);
    }
  }

  // The period before holds the starts up to `next` and ends at `end`, or earlier at a reset.
  void follow(std::size_t next, Duration end) {
    const auto& times = starts_.times;
    auto& earliest = earliest_[next];
    if (next == times.size()) {
      earliest = Duration{0};
      return;
    }
    if (end <= times[next])
      earliest = std::min(earliest, std::max(end, times[next] - unseen(limits_.period)));
    for (const auto& reset : starts_.resets)
      if (times[next - 1] <= reset.answered && times[next] >= reset.called)
        earliest = std::min(earliest, reset.called);
  }

  const Starts& starts_;
  const FlowLimits& limits_;
  std::vector<Duration> earliest_;
};

} // namespace

bool are_explained(const Starts& starts, const FlowLimits& limits) { return Explanation(starts, limits).exists(); }

} // namespace sluice::sim
