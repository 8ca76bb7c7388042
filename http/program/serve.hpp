// `sluice serve`: the durable server.
#pragma once

#include "http/program/serve_options.hpp"

namespace sluice::program {

/// Serves until a signal ends it. Returns the exit code: 0 after all calls in flight have ended or
/// the grace time is over, 128 and the signal if a second one did not wait for that, else a failure of
/// `ExitCode`.
int run_serve(const ServeArguments& arguments);

} // namespace sluice::program
