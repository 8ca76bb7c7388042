// Decisions of the rate limiter's core, without actor, store or network.
#include <malloc.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>

#include <benchmark/benchmark.h>

#include "actors/core/rate_limit_simple.hpp"
#include "actors/core/rate_limits.hpp"

namespace {

using namespace sluice;
using namespace std::chrono_literals;

constexpr std::size_t million = 1'000'000;
const RateTime t0{RateDuration{1.75e12}};

RateLimitConfig config_of(LimitKind kind) {
  RateLimitConfig config;
  config.kind = kind;
  config.rate = kind == LimitKind::gcra ? 1e6 : 1e9;
  config.period = 1s;
  if (kind == LimitKind::fixed_window)
    config.start = RateTime{};
  return config;
}

core::RateLimits limits_of(LimitKind kind, double shards = 1) {
  auto config = config_of(kind);
  config.shards = shards;
  return {{{"requests", config}}, {{}, seeded_random_draws(1), Compatibility::sane, 0, 1}};
}

// A key as long as `size`, the number at its end.
std::string key_of(std::size_t number, std::size_t size) {
  const auto digits = std::to_string(number);
  return "user-" + std::string(size - 5 - digits.size(), '0') + digits;
}

// In an order in which nothing is near what was before.
std::vector<std::string> shuffled_keys(std::size_t size) {
  std::vector<std::size_t> numbers(million);
  for (std::size_t i = 0; i < million; ++i)
    numbers[i] = i;
  std::ranges::shuffle(numbers, std::mt19937_64(7));
  std::vector<std::string> keys;
  keys.reserve(million);
  for (const auto number : numbers)
    keys.push_back(key_of(number, size));
  return keys;
}

void fill(core::RateLimits& limits, std::size_t key_size) {
  for (std::size_t i = 0; i < million; ++i) {
    const auto key = key_of(i, key_size);
    LimitRequest request;
    request.key = key;
    benchmark::DoNotOptimize(limits.limit(t0, "requests", request));
  }
}

// The arithmetic on a row in hand.
void calculation(benchmark::State& state) {
  const auto config = config_of(static_cast<LimitKind>(state.range(0)));
  auto row = fresh_state(config, t0, {});
  auto now = t0;
  for (auto _ : state) {
    row = calculate(row, config, now, 1).state;
    now += 1ms;
  }
  benchmark::DoNotOptimize(row);
}

// A decision on a row in hand: does it fit, what is left, until when is it full again.
void look_up_apart(benchmark::State& state) {
  const auto config = config_of(static_cast<LimitKind>(state.range(0)));
  auto row = fresh_state(config, t0, {});
  auto now = t0;
  for (auto _ : state) {
    LimitVerdict verdict;
    row = core::decide_simply(row, config, now, 1, verdict);
    benchmark::DoNotOptimize(verdict);
    now += 1ms;
  }
}

// The whole decision with checks, verdict and write, the row in the cache.
void one_key(benchmark::State& state) {
  auto limits = limits_of(static_cast<LimitKind>(state.range(0)), static_cast<double>(state.range(1)));
  LimitRequest request;
  request.key = "user-000000042";
  auto now = t0;
  for (auto _ : state) {
    auto verdict = limits.limit(now, "requests", request);
    benchmark::DoNotOptimize(verdict);
    now += 1ms;
  }
}

// As many calls ahead the memory has answered.
constexpr std::size_t prefetch_distance = 8;

void million_keys(benchmark::State& state) {
  const auto key_size = static_cast<std::size_t>(state.range(1));
  const bool prefetches = state.range(2) == 1;
  auto limits = limits_of(static_cast<LimitKind>(state.range(0)));
  fill(limits, key_size);
  const auto keys = shuffled_keys(key_size);
  std::size_t next = 0;
  auto now = t0;
  LimitRequest request;
  for (auto _ : state) {
    if (prefetches)
      limits.prefetch("requests", keys[(next + prefetch_distance) % million]);
    request.key = keys[next];
    auto verdict = limits.limit(now, "requests", request);
    benchmark::DoNotOptimize(verdict);
    next = next + 1 == million ? 0 : next + 1;
    now += 1us;
  }
}

// Keys as a server has them at hand that reads many requests from its sockets: a new batch each time, not counted apart.
void million_keys_at_once(benchmark::State& state) {
  const auto key_size = static_cast<std::size_t>(state.range(1));
  const auto at_once = static_cast<std::size_t>(state.range(2));
  auto limits = limits_of(static_cast<LimitKind>(state.range(0)));
  fill(limits, key_size);
  const auto keys = shuffled_keys(key_size);
  std::vector<std::string_view> batch(at_once);
  std::size_t next = 0;
  auto now = t0;
  while (state.KeepRunningBatch(state.range(2))) {
    for (auto& key : batch) {
      key = keys[next];
      next = next + 1 == million ? 0 : next + 1;
    }
    auto verdicts = limits.limit_many(now, "requests", batch, {});
    benchmark::DoNotOptimize(verdicts->data());
    now += 1us;
  }
}

std::size_t allocated() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

void memory(benchmark::State& state) {
  for (auto _ : state) {
    const auto before = allocated();
    auto limits = limits_of(LimitKind::token_bucket);
    fill(limits, static_cast<std::size_t>(state.range(0)));
    const auto bytes = static_cast<double>(allocated() - before);
    state.counters["bytes_per_key"] = bytes / static_cast<double>(limits.row_count());
  }
}

void eviction(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    auto limits = std::make_unique<core::RateLimits>(limits_of(LimitKind::token_bucket));
    fill(*limits, 14);
    state.ResumeTiming();
    state.SetItemsProcessed(static_cast<std::int64_t>(limits->evict_idle(t0 + 1h, SIZE_MAX)));
    state.PauseTiming();
    limits.reset();
    state.ResumeTiming();
  }
}

void kinds(benchmark::internal::Benchmark* benchmark) { benchmark->ArgName("kind")->DenseRange(0, 3); }

BENCHMARK(calculation)->Apply(kinds);
BENCHMARK(look_up_apart)->Apply(kinds);
BENCHMARK(one_key)->ArgNames({"kind", "shards"})->ArgsProduct({{0, 1, 2, 3}, {1}})->Args({0, 16});
BENCHMARK(million_keys)->ArgNames({"kind", "key_size", "prefetch"})->ArgsProduct({{0}, {14, 36}, {0, 1}});
BENCHMARK(million_keys_at_once)
    ->ArgNames({"kind", "key_size", "at_once"})
    ->ArgsProduct({{0}, {14, 36}, {16, 64, 256, 1024}});
BENCHMARK(memory)->ArgName("key_size")->Arg(14)->Arg(36)->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK(eviction)->Iterations(1)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
