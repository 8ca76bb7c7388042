// One recorded scenario, run against a RateLimiter in `Compatibility::reference`.
#pragma once

#include <memory>

#include "tests/replay_vectors/scripted.hpp"

namespace sluice::replay {

/// What a step came to, in the words of the vectors.
struct StepOutcome {
  json result; ///< To be compared with `expect`.
  json state; ///< With `state`, if the step has one.
  std::string fault{}; ///< Anything that is wrong in itself.
};

class Scenario {
public:
  explicit Scenario(const json& scenario);

  StepOutcome run(const json& step);

private:
  json perform(const std::string& operation, const json& arguments);
  json call(const std::string& operation, const json& arguments);
  json limit(const json& arguments, bool consume);
  json get_value(const json& arguments);
  json reset(const json& arguments);
  json transaction(const json& arguments);
  json calculation(const json& arguments);
  json put_state(const json& arguments);
  json hook(const json& arguments);
  json mount(const json& arguments);
  json render(const json& arguments);
  json check_projection(const json& arguments);
  json status_at(RateTime now) const;
  json state_after(const std::string& operation, const json& step) const;

  std::shared_ptr<Script> script_;
  RateLimiter limiter_;
  json hooks_;

  // What the client hook was mounted with.
  std::optional<LimitValue> mounted_;
  RateDuration offset_{};
  double count_ = 1;
};

} // namespace sluice::replay
