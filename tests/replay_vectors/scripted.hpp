// The clock and the random draws of a replay: both say what the recording says.
#pragma once

#include <deque>
#include <string>

#include "sluice/rate_limiter.hpp"
#include "tests/replay_vectors/vector_json.hpp"

namespace sluice::replay {

class Script {
public:
  /// The draws of the next step, in the order of the calls.
  void expect(const json& draws);
  double draw(Draw site);
  /// What was drawn beyond the script, or left over; empty if nothing.
  std::string fault() const;

  RateTime now{};

private:
  struct Recorded {
    std::string site;
    double number;
  };
  std::deque<Recorded> recorded_;
  std::string fault_;
};

} // namespace sluice::replay
