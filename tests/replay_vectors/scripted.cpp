#include "tests/replay_vectors/scripted.hpp"

namespace sluice::replay {

namespace {

const char* name_of(Draw site) {
  switch (site) {
  case Draw::shard:
    return "shard";
  case Draw::second_shard:
    return "shard2";
  case Draw::sample:
    return "sample";
  case Draw::start:
    break;
  }
  return "start";
}

} // namespace

void Script::expect(const json& draws) {
  recorded_.clear();
  fault_.clear();
  for (const auto& recorded : draws)
    recorded_.push_back({recorded.at("site"), number_of(recorded.at("r"))});
}

double Script::draw(Draw site) {
  if (recorded_.empty() || recorded_.front().site != name_of(site)) {
    fault_ = std::string("drew for ") + name_of(site) + " where the reference did not";
    return 0;
  }
  const auto number = recorded_.front().number;
  recorded_.pop_front();
  return number;
}

std::string Script::fault() const {
  if (fault_.empty() && !recorded_.empty())
    return "did not draw for " + recorded_.front().site;
  return fault_;
}

} // namespace sluice::replay
