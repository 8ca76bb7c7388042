// Numbers in error messages, as JavaScript prints them: clients compare the texts.
#pragma once

#include <string>

namespace sluice::core {

/// As `String(number)`: the shortest digits that read back the same, `1e+21`, `1e-7`, `NaN`.
std::string javascript_text(double number);

/// As `number.toFixed(2)`: the exact value rounded half up, 0.125 is `0.13`.
std::string javascript_fixed(double number);

} // namespace sluice::core
