#include "http/program/arguments.hpp"
#include "http/program/crash_points.hpp"
#include "http/program/dev.hpp"
#include "http/program/serve.hpp"

namespace {

using namespace sluice::program;

struct Run {
  int operator()(const DevArguments& arguments) const { return run_dev(arguments); }
  int operator()(const ServeArguments& arguments) const { return run_serve(arguments); }
  int operator()(const StoreCommand& command) const { return run_store_command(command); }
  int operator()(ListCrashPoints) const { return list_crash_points(); }
  int operator()(ExitNow exit) const { return exit.code; }
};

} // namespace

int main(int argc, char** argv) { return std::visit(Run{}, parse_arguments({argv + 1, argv + argc})); }
