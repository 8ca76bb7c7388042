#include "http/program/arguments.hpp"
#include "http/program/dev.hpp"

int main(int argc, char** argv) {
  auto command = sluice::program::parse_arguments({argv + 1, argv + argc});
  if (const auto* exit = std::get_if<sluice::program::ExitNow>(&command))
    return exit->code;
  return sluice::program::run_dev(std::get<sluice::program::DevArguments>(command));
}
