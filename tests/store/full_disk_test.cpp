// A disk that is full, and one that has room again.
#include <sys/stat.h>

#include "actors/store/store_directory.hpp"
#include "tests/store/faulty_disk.hpp"
#include "tests/store/stores.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

constexpr std::uint64_t reserve = 1 << 16;

// A store on a disk whose free space the test says.
struct Disk {
  FaultyDisk layer{};
  Sqlite store{};
  std::shared_ptr<std::atomic<std::uint64_t>> free = std::make_shared<std::atomic<std::uint64_t>>(10 * reserve);

  Disk() {
    store.options.vfs = layer.name();
    store.options.space_checked_every = 0ns;
    store.options.free_space = [free = free](const std::string&) { return std::optional(free->load()); };
    store.reopen();
  }
  // Closes before its layer is gone.
  ~Disk() { store.store.reset(); }

  std::uint64_t reserved() const {
    struct stat found {};
    auto file = StoreFiles(store.options.directory).reserve;
    return stat(file.c_str(), &found) == 0 ? static_cast<std::uint64_t>(found.st_blocks) * 512 : 0;
  }
  ErrorCode refusal(std::size_t bytes) {
    auto room = store->room_for(bytes);
    return room ? ErrorCode::internal : room.error().code;
  }
  /// The store's own thread looks whether there is room again.
  void await_reserve() {
    while (reserved() < reserve)
      std::this_thread::yield();
  }
};

} // namespace

TEST_CASE("SqliteStore really holds its reserve", "[store]") {
  Disk disk;
  CHECK(disk.reserved() >= reserve);
}

TEST_CASE("SqliteStore refuses messages that would touch the reserve", "[store]") {
  Disk disk;
  CHECK(disk.store->room_for(8 * reserve));
  CHECK(disk.refusal(9 * reserve + 1) == ErrorCode::insufficient_storage);
  *disk.free = reserve - 1;
  CHECK(disk.refusal(1) == ErrorCode::insufficient_storage);
  *disk.free = 2 * reserve;
  CHECK(disk.store->room_for(1));
}

TEST_CASE("SqliteStore takes messages on a full disk into the room that others have left in its file", "[store]") {
  Disk disk;
  for (Sequence sequence = 1; sequence <= 8; ++sequence) {
    REQUIRE(commit(disk.store, InsertMessage{message(sequence, "k", reserve / 4), wall0, false}));
    REQUIRE(commit(disk.store, finish(sequence, 0ms, MessageRow::State::delivered)));
  }
  *disk.free = reserve - 1;
  CHECK(disk.refusal(1) == ErrorCode::insufficient_storage);
  REQUIRE(commit(disk.store, DropFinished{wall0 + 1h, 0, 100}));
  CHECK(disk.store->room_for(1));
}

TEST_CASE("SqliteStore asks for the free space once in a while only", "[store]") {
  Disk disk;
  int asked = 0;
  disk.store.options.free_space = [&](const std::string&) {
    return ++asked, std::optional<std::uint64_t>(10 * reserve);
  };
  disk.store.options.space_checked_every = 1h;
  disk.store.reopen();
  asked = 0;
  for (int each = 0; each < 10; ++each)
    CHECK(disk.store->room_for(1));
  CHECK(asked == 1);
}

TEST_CASE("SqliteStore gives its reserve up for outcomes, and takes it back", "[store]") {
  Disk disk;
  auto& store = disk.store;
  REQUIRE(commit(store, insert(1)));
  *disk.free = 0;
  disk.layer.set_full(true);
  auto refused = commit(store, finish(1), insert(2), event(0ms, 2));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::insufficient_storage);
  CHECK(disk.reserved() == 0);
  // Nothing of the group happened; reads go on.
  CHECK(store->message(1)->state == MessageRow::State::pending);
  CHECK_FALSE(store->message(2));
  CHECK(store->waiting_count(k, wall0) == 1);

  // Now there is what the file held.
  disk.layer.set_full(false);
  *disk.free = reserve;
  CHECK(commit(store, finish(1), PutKey{k, {}}));
  CHECK(disk.refusal(1) == ErrorCode::insufficient_storage);
  CHECK(disk.reserved() == 0);

  *disk.free = 10 * reserve;
  disk.await_reserve();
  while (!store->room_for(1))
    std::this_thread::yield();
  CHECK(commit(store, insert(2)));
  CHECK(store->message(1)->state == MessageRow::State::delivered);
  store.reopen();
  CHECK(sequences(store->pending(0, all)) == Sequences{2});
}

TEST_CASE("SqliteStore opens on a full disk", "[store]") {
  Disk disk;
  REQUIRE(commit(disk.store, insert(1)));
  disk.store.store.reset();
  std::filesystem::remove(StoreFiles(disk.store.options.directory).reserve);
  *disk.free = reserve;
  disk.store.reopen();
  CHECK(disk.reserved() == 0);
  CHECK(disk.refusal(1) == ErrorCode::insufficient_storage);
  CHECK(commit(disk.store, finish(1)));
}

TEST_CASE("SqliteStore writes nothing more once a sync has failed", "[store]") {
  Disk disk;
  std::string reason;
  disk.store.options.fatal = [&](const std::string& why) { reason = why; };
  disk.store.reopen();
  REQUIRE(commit(disk.store, insert(1)));
  disk.layer.fail(Fault::sync, 1);
  CHECK(commit(disk.store, insert(2)).error().code == ErrorCode::io_error);
  CHECK(reason.starts_with("a write could not be made safe: "));
  CHECK(commit(disk.store, insert(3)).error().message == "an earlier write could not be made safe");
}
