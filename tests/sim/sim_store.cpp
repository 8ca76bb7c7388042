#include "tests/sim/sim_store.hpp"

namespace sluice::sim {

using namespace std::chrono_literals;

void SimStore::commit(Changes changes, Fence fence, Committed done) {
  if (fence.generation != opening().generation)
    return; // A process that is dead.
  SlowStore::commit(std::move(changes), fence, std::move(done));
  time_.after(draw_latency(), [this, opening = openings_] {
    inside_owner([this, opening] {
      if (opening == openings_)
        finish();
    });
  });
}

Duration SimStore::draw_latency() {
  if (!healed_ && random_.chance(plan_.slow_commits))
    return random_.between(100ms, 3000ms);
  return random_.between(0ms, plan_.commit);
}

Result<void> SimStore::room_for(std::size_t bytes) const {
  if (full_)
    return Error{ErrorCode::insufficient_storage, "the disk is full", {}};
  return SlowStore::room_for(bytes);
}

void SimStore::finish() {
  if (broken_) {
    journal_.note("commit breaks");
    fail(ErrorCode::io_error);
    return on_broken();
  }
  if (full_) {
    journal_.note("commit finds no room");
    on_full();
    return fail();
  }
  store_oldest();
}

void SimStore::store_oldest() {
  journal_.note("commit ", groups.front().changes.size());
  on_stored(groups.front().changes);
  answer();
}

void SimStore::crash() {
  ++openings_;
  broken_ = false;
  bool kept = !groups.empty() && random_.chance(50);
  if (kept)
    on_stored(groups.front().changes);
  journal_.note("disk keeps ", kept, " of ", groups.size());
  SlowStore::crash(kept);
}

} // namespace sluice::sim
