// Decisions through the actor that owns the stored rate limits, on one event loop, as the server
// makes them: so many calls arrive at once, and all are answered before the next ones.
#include <filesystem>
#include <string>

#include <benchmark/benchmark.h>

#include "sluice/scheduler.hpp"

namespace {

using namespace sluice;
using namespace std::chrono_literals;

constexpr int keys = 10'000;

// Sends nothing.
class NoTransport : public Transport {
public:
  std::unique_ptr<Call> send(OutgoingRequest, Done) override { return nullptr; }
};

class Subject {
public:
  Subject(LimitDurability durability, std::string directory) {
    SchedulerOptions options;
    options.event_loop = &loop_;
    options.transport = std::make_shared<NoTransport>();
    options.storage.directory = std::move(directory);
    scheduler_.emplace(Scheduler::open(std::move(options)).value());
    LimitDefinition definition{{.rate = 1e9, .period = 1s}, durability};
    scheduler_->limits().define("requests", definition, library, [this](const Result<void>&) { loop_.stop(); });
    loop_.run();
  }

  void decide(int calls) {
    missing_ = calls;
    loop_.post([this, calls] {
      for (int i = 0; i < calls; ++i) {
        next_ = (next_ + 7919) % keys;
        scheduler_->limits().limit({"requests", "user-" + std::to_string(next_)}, [this](const auto& answer) {
          benchmark::DoNotOptimize(answer);
          if (--missing_ == 0)
            loop_.stop();
        });
      }
    });
    loop_.run();
  }

private:
  EventLoop loop_;
  std::optional<Scheduler> scheduler_;
  int next_ = 0;
  int missing_ = 0;
};

void run(benchmark::State& state, LimitDurability durability, const std::string& directory) {
  Subject subject(durability, directory);
  const auto calls = static_cast<int>(state.range(0));
  for (auto _ : state)
    subject.decide(calls);
  state.SetItemsProcessed(state.iterations() * calls);
}

void in_memory(benchmark::State& state) { run(state, LimitDurability::memory, {}); }

void stored_in_memory(benchmark::State& state) { run(state, LimitDurability::stored, {}); }

void stored_on_disk(benchmark::State& state) {
  std::string directory = "stored_limits_bench_data";
  std::filesystem::remove_all(directory);
  run(state, LimitDurability::stored, directory);
  std::filesystem::remove_all(directory);
}

BENCHMARK(in_memory)->ArgName("at_once")->Arg(1)->Arg(64)->Arg(512);
BENCHMARK(stored_in_memory)->ArgName("at_once")->Arg(1)->Arg(64)->Arg(512);
BENCHMARK(stored_on_disk)->ArgName("at_once")->Arg(1)->Arg(64)->Arg(512)->UseRealTime();

} // namespace

BENCHMARK_MAIN();
