// replay_vectors PATH…: replays conformance vectors, files or folders of them, bit for bit.
// The last line counts; the exit code is 0 only if something was replayed without mismatch.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "tests/replay_vectors/properties.hpp"
#include "tests/replay_vectors/scenario.hpp"

namespace sluice::replay {

namespace {

constexpr std::uint64_t property_seeds = 5;

struct Totals {
  int files = 0;
  int scenarios = 0;
  int steps = 0;
  int mismatches = 0;
};

class Replay {
public:
  void run(const std::filesystem::path& path) {
    where_ = path.string();
    if (!std::filesystem::exists(path))
      throw std::filesystem::filesystem_error("nothing to replay", path,
                                              std::make_error_code(std::errc::no_such_file_or_directory));
    if (!std::filesystem::is_directory(path))
      return run_file(path);
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
      if (entry.path().extension() == ".json")
        files.push_back(entry.path());
    }
    if (files.empty())
      report("no .json file in it");
    std::ranges::sort(files);
    std::ranges::for_each(files, [this](const auto& file) { run_file(file); });
  }

  const Totals& totals() const { return totals_; }

private:
  void run_file(const std::filesystem::path& path) {
    ++totals_.files;
    where_ = path.filename().string();
    try {
      std::ifstream stream(path);
      run_document(json::parse(stream));
    } catch (const std::exception& error) {
      report(error.what());
    }
  }

  void run_document(const json& document) {
    const auto format = document.at("format").get<std::string>();
    const bool is_recording = format == "convex-rate-limiter-vectors/1";
    if (!is_recording && format != "convex-rate-limiter-properties/1")
      throw std::runtime_error("unknown format " + format);
    for (const auto& scenario : items_of(document, "scenarios")) {
      ++totals_.scenarios;
      is_recording ? run_recording(scenario) : run_properties(scenario);
    }
  }

  // Without any, nothing would be replayed.
  json items_of(const json& parent, const std::string& list) {
    auto items = parent.value(list, json::array());
    if (items.empty())
      report(parent.value("name", "the file") + " has no " + list);
    return items;
  }

  void run_recording(const json& recording) {
    Scenario scenario(recording);
    int number = 0;
    for (const auto& step : items_of(recording, "steps")) {
      ++totals_.steps;
      const auto place = recording.at("name").get<std::string>() + ", step " + std::to_string(number++) + ": ";
      try {
        compare(place, step, scenario.run(step));
      } catch (const std::exception& error) {
        report(place + error.what());
      }
    }
  }

  void compare(const std::string& place, const json& step, StepOutcome outcome) {
    auto expected = step.at("expect");
    if (!expected.is_object() || !expected.contains("refreshIn"))
      erase(outcome.result, "refreshIn");
    if (!is_equal(expected, outcome.result))
      report(place + "expected " + expected.dump() + " but got " + outcome.result.dump());
    else if (step.contains("state") && !is_equal_state(step["state"], outcome.state))
      report(place + "expected the rows " + step["state"].dump() + " but got " + outcome.state.dump());
    else if (!outcome.fault.empty())
      report(place + outcome.fault);
  }

  static void erase(json& object, const char* name) {
    if (object.is_object())
      object.erase(name);
  }

  void run_properties(const json& scenario) {
    totals_.steps += static_cast<int>(items_of(scenario, "requests").size());
    for (std::uint64_t seed = 1; seed <= property_seeds; ++seed) {
      for (const auto& fault : check_properties(scenario, seed))
        report(scenario.at("name").get<std::string>() + ", seed " + std::to_string(seed) + ": " + fault);
    }
  }

  void report(const std::string& text) {
    ++totals_.mismatches;
    std::cout << where_ << ": " << text << '\n';
  }

  std::string where_;
  Totals totals_;
};

} // namespace

} // namespace sluice::replay

int main(int count, char** arguments) {
  if (count < 2) {
    std::cerr << "usage: replay_vectors PATH...\n";
    return 2;
  }
  sluice::replay::Replay replay;
  try {
    for (int i = 1; i < count; ++i)
      replay.run(arguments[i]);
  } catch (const std::filesystem::filesystem_error& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
  const auto& totals = replay.totals();
  std::cout << totals.files << " files, " << totals.scenarios << " scenarios, " << totals.steps << " steps, "
            << totals.mismatches << " mismatches\n";
  return totals.mismatches == 0 && totals.scenarios > 0 ? 0 : 1;
}
