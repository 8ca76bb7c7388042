// sluice_sim: runs the real actors in simulated worlds, one for each seed.
#include <iostream>
#include <string>

#include "tests/sim/world.hpp"

namespace {

using namespace sluice::sim;

constexpr std::uint64_t repeat_every = 50; // Such a seed runs twice, and must do the same.
constexpr std::uint64_t report_every = 100;

struct Arguments {
  std::uint64_t first = 1;
  std::uint64_t last = 500;
  bool log = false;
};

[[noreturn]] void usage() {
  std::cerr << "usage: sluice_sim --seeds A..B | --seed N [--log]\n";
  std::exit(2);
}

void read_seeds(const std::string& text, Arguments& arguments) {
  auto dots = text.find("..");
  if (dots == std::string::npos)
    usage();
  arguments.first = std::stoull(text.substr(0, dots));
  arguments.last = std::stoull(text.substr(dots + 2));
}

Arguments read(int count, char** values) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    std::string name = values[i];
    if (name == "--log") {
      arguments.log = true;
    } else if (i + 1 < count && name == "--seeds") {
      read_seeds(values[++i], arguments);
    } else if (i + 1 < count && name == "--seed") {
      arguments.first = arguments.last = std::stoull(values[++i]);
    } else {
      usage();
    }
  }
  return arguments;
}

RunResult run(std::uint64_t seed, const Arguments& arguments) {
  auto result = World(seed, arguments.log).run();
  if (!result.violation && seed % repeat_every == 0 && World(seed, false).run().hash != result.hash)
    result.violation = "the second run of this seed differs from the first";
  return result;
}

bool passes(std::uint64_t seed, const Arguments& arguments) {
  auto result = run(seed, arguments);
  if (result.violation)
    std::cout << "seed " << seed << ": " << *result.violation << "\n  replay: sluice_sim --seed " << seed
              << " --log\n";
  return !result.violation;
}

} // namespace

int main(int count, char** values) {
  auto arguments = read(count, values);
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  for (auto seed = arguments.first; seed <= arguments.last; ++seed) {
    ++(passes(seed, arguments) ? passed : failed);
    if ((passed + failed) % report_every == 0)
      std::cout << passed + failed << " seeds, " << failed << " failed" << std::endl;
  }
  std::cout << passed << " passed, " << failed << " failed\n";
  return failed == 0 ? 0 : 1;
}
