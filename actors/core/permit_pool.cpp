#include "actors/core/permit_pool.hpp"

#include <algorithm>
#include <cassert>

namespace sluice::core {

namespace {
// Larger grants would save messages but let one key run ahead of the others.
constexpr std::size_t max_share = 8;
} // namespace

bool PermitPool::try_take() {
  if (!has_free())
    return false;
  --free_;
  return true;
}

void PermitPool::on_wanted(KeyNumber key, std::size_t permits) {
  auto turn = wanted_.find(key);
  if (turn == wanted_.end()) {
    if (permits == 0)
      return;
    turn = wanted_.emplace(key, 0).first;
    turns_.push_back(key);
  }
  wanting_ += (permits > 0) - (turn->second > 0);
  turn->second = permits;
}

void PermitPool::on_released(std::size_t permits) {
  free_ += permits;
  assert(free_ <= capacity_);
}

std::optional<PermitPool::Grant> PermitPool::poll_grant() {
  while (free_ > 0 && wanting_ > 0) {
    auto key = turns_.front();
    turns_.pop_front();
    auto wanted = wanted_.at(key);
    wanted_.erase(key);
    if (wanted == 0)
      continue;
    auto share = std::clamp<std::size_t>(free_ / wanting_, 1, max_share);
    auto permits = std::min(share, wanted);
    free_ -= permits;
    --wanting_;
    on_wanted(key, wanted - permits); // Back of the line with the rest.
    return Grant{key, permits};
  }
  return std::nullopt;
}

} // namespace sluice::core
