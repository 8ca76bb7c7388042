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
    on_refused();
    fail(ErrorCode::io_error);
    return on_broken();
  }
  if (full_ || (!healed_ && random_.chance(plan_.refused_commits))) {
    journal_.note("commit finds no room");
    on_refused();
    return fail();
  }
  store_oldest();
}

void SimStore::store_oldest() {
  auto& group = groups.front();
  if (tamper)
    tamper(group.changes);
  journal_.note("commit ", group.changes.size());
  on_stored(group.changes);
  if (spoil)
    spoil(group.changes);
  if (early_)
    remember(group);
  answer();
}

void SimStore::remember(const Group& group) {
  auto before = early_groups_.empty() ? Duration{0} : early_groups_.back().synced_at;
  auto synced_at = std::max(before, time_.elapsed() + random_.between(1ms, 500ms));
  early_groups_.push_back({group.changes, group.fence, openings_, synced_at});
}

// Plays back everything but what was too young.
void SimStore::lose_unsynced() {
  MemoryStore kept(std::size_t{1} << 30, disk.opening().origin);
  std::uint64_t opening = 0;
  std::erase_if(early_groups_, [this](const auto& one) { return one.synced_at > time_.elapsed(); });
  for (const auto& one : early_groups_) {
    for (; opening < one.opening; ++opening)
      kept.reopen();
    kept.commit(one.changes, one.fence, [](const Result<void>&) {});
  }
  for (; opening + 1 < openings_; ++opening)
    kept.reopen();
  disk = std::move(kept);
}

void SimStore::crash() {
  ++openings_;
  broken_ = false;
  bool kept = !groups.empty() && !early_ && random_.chance(50);
  if (kept)
    on_stored(groups.front().changes);
  journal_.note("disk keeps ", kept, " of ", groups.size());
  if (early_)
    lose_unsynced();
  SlowStore::crash(kept);
}

} // namespace sluice::sim
