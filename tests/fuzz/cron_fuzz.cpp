// An expression that is accepted is kept as it is read again, and its firings go on, a minute apart at least.
#include "actors/core/cron.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto cron = core::Cron::parse(as_text(data, size));
  if (!cron) {
    require(cron.error().field == "Upstash-Cron", "the error names the header");
    return 0;
  }
  auto again = core::Cron::parse(cron->text());
  require(again && again->text() == cron->text() && again->zone() == cron->zone(), "the text is read again");
  WallTime after{1'700'000'000'123ms};
  for (int firing = 0; firing < 5; ++firing) {
    auto next = cron->next(after, core::utc);
    require(next > after, "firings go on");
    require(firing == 0 || next - after >= 1min, "a minute apart");
    require(next == again->next(after, core::utc), "the same firings");
    require(cron->next_from(next, next, core::utc) == next, "a firing is not before itself");
    require(cron->next_from(next, next + 1ms, core::utc) == cron->next(next, core::utc), "the firing behind another");
    after = next;
  }
  return 0;
}
