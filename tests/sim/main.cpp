// sluice_sim: runs the real actors in simulated worlds, one for each seed. With a planted bug it ends
// at the first seed that finds it.
#include <csignal>
#include <cstdlib>
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
  std::string plant_name; ///< Empty for none.
  std::optional<Plant> plant;
};

[[noreturn]] void usage() {
  std::cerr << "usage: sluice_sim (--seeds A..B | --seed N) [--log] [--plant " << plant_names() << "]\n";
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
    } else if (i + 1 < count && name == "--plant") {
      arguments.plant_name = values[++i];
    } else {
      usage();
    }
  }
  arguments.plant = parse_plant(arguments.plant_name);
  if (!arguments.plant_name.empty() && !arguments.plant)
    usage();
  return arguments;
}

// A broken assertion must tell the seed, too.
std::uint64_t current_seed = 0;

void on_abort(int) {
  std::cout << "seed " << current_seed << ": aborted\n  replay: sluice_sim --seed " << current_seed << " --log"
            << std::endl;
}

RunResult run(std::uint64_t seed, const Arguments& arguments) {
  current_seed = seed;
  auto result = World(seed, arguments.log, arguments.plant).run();
  if (!result.violation && seed % repeat_every == 0 && World(seed, false, arguments.plant).run().hash != result.hash)
    result.violation = "the second run of this seed differs from the first";
  return result;
}

bool passes(std::uint64_t seed, const Arguments& arguments) {
  auto result = run(seed, arguments);
  if (result.violation)
    std::cout << "seed " << seed << ": " << *result.violation << "\n  replay: sluice_sim --seed " << seed << " --log"
              << (arguments.plant ? " --plant " + arguments.plant_name : "") << std::endl;
  return !result.violation;
}

} // namespace

int main(int count, char** values) {
  std::signal(SIGABRT, on_abort);
  auto arguments = read(count, values);
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  for (auto seed = arguments.first; seed <= arguments.last; ++seed) {
    if (arguments.plant && failed > 0)
      break; // It is found.
    ++(passes(seed, arguments) ? passed : failed);
    if ((passed + failed) % report_every == 0)
      std::cout << passed + failed << " seeds, " << failed << " failed" << std::endl;
  }
  std::cout << passed << " passed, " << failed << " failed\n";
  return failed == 0 ? 0 : 1;
}
