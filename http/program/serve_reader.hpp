// Reads the options of `sluice serve`, and the limits of `sluice dev`, from the command line and the environment.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "http/program/serve_options.hpp"

namespace sluice::program {

/// What the command line says of each of `serve_options`, in their order.
using GivenOptions = std::vector<std::optional<std::string>>;
/// The value of a variable, empty if there is none.
using Environment = std::function<std::string(const std::string& name)>;

/// The command line beats the environment, where an empty value counts as none. Error:
/// `invalid_argument`, whose message names option or variable, the value unless it is
/// secret, and what is accepted.
Result<ServeArguments> read_serve_arguments(const GivenOptions& given, const Environment& environment);

/// The same for the limits alone, which are all that `sluice dev` has of these.
Result<LimitArguments> read_limit_arguments(const GivenOptions& given, const Environment& environment);

} // namespace sluice::program
