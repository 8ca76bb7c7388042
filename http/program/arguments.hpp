// The command line of the program.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "http/program/serve_options.hpp"
#include "http/program/store_command.hpp"

namespace sluice::program {

/// `sluice dev`.
struct DevArguments : LimitArguments {
  std::uint16_t port = 8080; ///< 0: any free port.
  std::string token{};
  std::string ca_file{};
};

/// `sluice --list-crash-points`.
struct ListCrashPoints {};

/// Nothing to run: what there was to say has been said.
struct ExitNow {
  int code = 0;
};

using Command = std::variant<DevArguments, ServeArguments, StoreCommand, ListCrashPoints, ExitNow>;

/// Reads `arguments`, without the program's name, and the environment (`QSTASH_DEV_PORT`, `SLUICE_*`).
/// Prints help, version and errors itself; wrong usage is exit code 2.
Command parse_arguments(std::vector<std::string> arguments);

/// Long options with one hyphen, `-port=8081`, as Go programs take them, get a second one.
std::vector<std::string> with_two_hyphens(std::vector<std::string> arguments);

} // namespace sluice::program
