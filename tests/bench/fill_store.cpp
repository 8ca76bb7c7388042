// A big store: fills it, opens it again as a new process would, and prints times and memory.
//
//   fill_store [--n 1000000] [--keys 10000] [--delayed 0|1] [--paused 0|1] [--directory D]
//
// Runs itself again with `--open 1 --keep 1` for the second half, so that memory is that of an opening only.
#include <fstream>

#include <unistd.h>

#include "store_driver.hpp"

using namespace sluice;

namespace {

// Resident memory of this process, and the most that it ever was, in MiB.
std::string memory() {
  std::string text;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:") || line.starts_with("VmHWM:"))
      text += line.substr(0, 6) + std::to_string(std::stol(line.substr(6)) / 1024) + " MiB ";
  return text;
}

constexpr std::size_t group = 1000;
constexpr WallTime::duration far_future = std::chrono::hours{24 * 365 * 50};

// Every key paused, so that a server that opens the store has nothing to do for them.
void pause(bench::Driver& driver, std::size_t keys) {
  Changes changes;
  for (std::size_t key = 0; key < keys; ++key)
    changes.push_back(PutKey{{"customer-" + std::to_string(key)}, {.config = {.paused = true}}});
  driver.commit(std::move(changes));
}

void fill(const bench::Arguments& arguments) {
  bench::Driver driver(arguments);
  bench::MessageSource source(arguments.number("--keys", 10'000));
  auto delayed = arguments.number("--delayed", 0) != 0;
  auto total = arguments.number("--n", 1'000'000);
  if (arguments.number("--paused", 0) != 0)
    pause(driver, arguments.number("--keys", 10'000));
  bench::Stopwatch watch;
  for (std::size_t done = 0; done < total; done += group) {
    Changes changes;
    for (std::size_t each = 0; each < group; ++each) {
      auto message = source.next();
      auto ready = message->created_at + (delayed ? far_future : WallTime::duration{0});
      changes.push_back(InsertMessage{std::move(message), ready, delayed});
    }
    driver.commit(std::move(changes));
  }
  std::printf("fill: %zu messages in %.0f ms; %s\n", total, watch.ms(), memory().c_str());
}

void open_again(const bench::Arguments& arguments) {
  bench::Stopwatch open_watch;
  bench::Driver driver(arguments);
  std::printf("open: %.0f ms; %s\n", open_watch.ms(), memory().c_str());
  auto& store = *driver.store;
  WallTime upto{std::chrono::milliseconds{1'700'000'000'000 + 43'200'000}};
  bench::Stopwatch backlog_watch;
  std::size_t keys = 0;
  std::size_t waiting = 0;
  double slowest = 0;
  for (FlowControlKey after{};;) {
    bench::Stopwatch slice_watch;
    auto slice = store.backlog(after, upto, 256);
    slowest = std::max(slowest, slice_watch.ms());
    for (const auto& one : slice)
      waiting += one.waiting;
    keys += slice.size();
    if (slice.empty())
      break;
    after = slice.back().key;
  }
  std::printf("backlog: %zu keys, %zu waiting in %.0f ms, slowest slice of 256 %.1f ms; %s\n", keys, waiting,
              backlog_watch.ms(), slowest, memory().c_str());
  FlowControlKey key{"customer-7"};
  bench::Stopwatch count_watch;
  auto count = store.waiting_count(key, upto);
  std::printf("waiting_count of one key: %zu in %.3f ms\n", count, count_watch.ms());
  bench::Stopwatch refill_watch;
  auto positions = store.waiting(key, {}, upto, 512);
  std::printf("waiting, 512 of one key: %zu in %.3f ms\n", positions.size(), refill_watch.ms());
  bench::Stopwatch due_watch;
  auto due = store.due({}, WallTime::max(), 512);
  store.next_due({});
  std::printf("due, 512: %zu in %.3f ms\n", due.size(), due_watch.ms());
  bench::Stopwatch pending_watch;
  auto pending = store.pending(0, 512);
  std::printf("pending, 512: %zu in %.3f ms\n", pending.size(), pending_watch.ms());
  bench::Stopwatch read_watch;
  constexpr int reads = 1000;
  for (Sequence each = 1; each <= reads; ++each)
    store.message(pending.front().message->id.sequence() + each * 900);
  std::printf("message, not in memory: %.1f us each; %s\n", read_watch.ms(), memory().c_str());
}

} // namespace

int main(int argc, char** argv) {
  bench::Arguments arguments(argc, argv);
  if (arguments.number("--open", 0) != 0) {
    open_again(arguments);
    return 0;
  }
  fill(arguments);
  std::fflush(stdout);
  std::vector<char*> again(argv, argv + argc);
  std::string more[] = {"--open", "1", "--keep", "1"};
  for (auto& one : more)
    again.push_back(one.data());
  again.push_back(nullptr);
  execv("/proc/self/exe", again.data());
  return 1;
}
