// What a message costs the durable store: groups of messages, each accepted and delivered, with three events.
//
//   store_load [--n 100000] [--group 100] [--keys 1000] [--backlog 0] [--retain N] [--durability full|normal]
//              [--directory D]
//
// `--retain N` drops what ended, and its events, beyond the newest N, in the same groups.
//
// Prints one line: messages a second, CPU of the whole process and of its owner's thread a message, log bytes a message.
#include <ctime>

#include "store_driver.hpp"

using namespace sluice;

namespace {

double cpu(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) * 1e-3;
}

} // namespace

int main(int argc, char** argv) {
  bench::Arguments arguments(argc, argv);
  auto total = arguments.number("--n", 100'000);
  auto group = arguments.number("--group", 100);
  auto backlog = arguments.number("--backlog", 0);
  auto retain = arguments.number("--retain", 0);
  bench::Driver driver(arguments);
  bench::MessageSource source(arguments.number("--keys", 1000));
  std::deque<Sequence> waiting;
  auto accept = [&](Changes& changes) {
    auto message = source.next();
    waiting.push_back(message->id.sequence());
    changes.push_back(AddEvent{{message->created_at, message->id.sequence(), EventKind::created}, message});
    changes.push_back(InsertMessage{message, message->created_at, false});
  };
  auto deliver = [&](Changes& changes) {
    auto sequence = waiting.front();
    waiting.pop_front();
    auto message = driver.store->message(sequence)->message;
    changes.push_back(AddEvent{{source.now(), sequence, EventKind::active}, message});
    changes.push_back(AddEvent{{source.now(), sequence, EventKind::delivered, 200}, message});
    changes.push_back(
        FinishMessage{sequence, MessageRow::State::delivered, 1, source.now(), footprint(*message), false, false});
  };
  for (std::size_t done = 0; done < backlog + group; done += 1000) {
    Changes changes;
    for (std::size_t each = 0; each < 1000; ++each)
      accept(changes);
    driver.commit(std::move(changes));
  }
  auto start = std::chrono::steady_clock::now();
  auto all_before = cpu(CLOCK_PROCESS_CPUTIME_ID);
  auto own_before = cpu(CLOCK_THREAD_CPUTIME_ID);
  for (std::size_t done = 0; done < total; done += group) {
    Changes changes;
    for (std::size_t each = 0; each < group; ++each) {
      accept(changes);
      deliver(changes);
    }
    if (retain > 0) {
      changes.push_back(DropEvents{WallTime{}, 3 * retain, 6 * group});
      changes.push_back(DropFinished{WallTime{}, retain, 2 * group});
    }
    driver.commit(std::move(changes));
  }
  std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  auto messages = static_cast<double>(total);
  auto own = cpu(CLOCK_THREAD_CPUTIME_ID) - own_before;
  auto others = cpu(CLOCK_PROCESS_CPUTIME_ID) - all_before - own;
  std::printf(
      "group %zu, backlog %zu: %.0f messages/s, store's threads %.2f us a message, owner's %.2f us (with making it), "
      "log %zu KiB\n",
      group, backlog, messages / elapsed.count(), others / messages, own / messages, driver.log_bytes() / 1024);
}
