#include "tests/replay_vectors/properties.hpp"

#include <algorithm>

namespace sluice::replay {

namespace {

constexpr double slack = 1e-6;

class PropertyRun {
public:
  PropertyRun(const json& scenario, std::uint64_t seed)
      : scenario_(scenario),
        bounds_(scenario.at("bounds")),
        name_(scenario.at("limits").begin().key()),
        config_(config_of(scenario.at("limits").begin().value())),
        limiter_({{name_, config_}},
                 {[this] { return now_; }, seeded_random_draws(seed), Compatibility::reference, 0, seed}) {}

  std::vector<std::string> run() {
    for (const auto& request : scenario_.at("requests"))
      perform(request);
    check_grants();
    check_after_reset();
    return std::move(faults_);
  }

private:
  void perform(const json& request) {
    now_ = time_of(request.at("t_ms"));
    LimitRequest wanted;
    wanted.count = request.contains("count") ? number_of(request["count"]) : 1;
    wanted.reserve = request.value("reserve", false);
    const auto verdict = limiter_.limit(name_, wanted);
    require(verdict.has_value(), "a request failed");
    if (verdict && verdict->ok)
      granted_.push_back({now_, wanted.count});
    if (calls_++ < bounds_.at("guaranteedOk").get<int>())
      require(verdict && verdict->ok && !verdict->retry_after, "a guaranteed call was not granted at once");
    check_rows();
  }

  void check_rows() {
    const auto& values = bounds_.at("shardValueRange");
    const auto& shards = bounds_.at("shardIndexRange");
    for (const auto& row : limiter_.rows()) {
      require(row.state.value >= number_of(values.at(0)) - slack && row.state.value <= number_of(values.at(1)) + slack,
              "a shard's value is out of range");
      require(row.shard >= shards.at(0).get<std::uint32_t>() && row.shard <= shards.at(1).get<std::uint32_t>(),
              "a shard's number is out of range");
    }
  }

  void check_grants() {
    for (const auto& bound : bounds_.at("maxGrantedBy")) {
      double granted = 0;
      for (const auto& grant : granted_)
        granted += grant.at <= time_of(bound.at("t_ms")) ? grant.count : 0;
      require(granted <= number_of(bound.at("max")) + slack, "more was granted than possible");
    }
  }

  void check_after_reset() {
    limiter_.reset(name_);
    require(limiter_.rows().empty(), "a row survived the reset");
    const auto value = limiter_.get_value(name_);
    require(value && value->value == config_.maximum() && value->as_of == RateTime{}, "the bucket is not full");
  }

  void require(bool holds, const char* fault) {
    if (!holds)
      faults_.emplace_back(fault);
  }

  struct Grant {
    RateTime at;
    double count;
  };

  const json& scenario_;
  const json& bounds_;
  std::string name_;
  RateLimitConfig config_;
  RateTime now_{};
  RateLimiter limiter_;
  std::vector<Grant> granted_;
  int calls_ = 0;
  std::vector<std::string> faults_;
};

} // namespace

std::vector<std::string> check_properties(const json& scenario, std::uint64_t seed) {
  return PropertyRun(scenario, seed).run();
}

} // namespace sluice::replay
