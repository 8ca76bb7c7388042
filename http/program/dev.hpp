// `sluice dev`: the development server.
#pragma once

#include <cstdint>
#include <string>

#include "http/program/arguments.hpp"

namespace sluice::program {

/// Serves until a signal ends it. Returns the exit code: 0 after all calls in flight have
/// ended, 128 and the signal if a second one did not wait for that, 3 for an option that
/// is refused, 4 if the port is in use, 1 for any other failure.
int run_dev(const DevArguments& arguments);

/// What is printed once requests are answered. SDKs that start the program wait for the
/// words of the last line.
std::string dev_banner(const DevArguments& arguments, std::uint16_t port);

} // namespace sluice::program
