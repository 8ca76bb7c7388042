// Strict decimal numbers, as headers and ids carry them. Digits are ASCII; there is
// no sign, no blank, no exponent and no other base, and nothing ever wraps.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::core {

/// Reads one or more digits; empty for anything else and above 2^63 - 1.
std::optional<std::int64_t> parse_integer(std::string_view text);

/// The same up to 2^64 - 1.
std::optional<std::uint64_t> parse_unsigned(std::string_view text);

/// The number of digits that `text` begins with.
std::size_t leading_digits(std::string_view text);

/// How many characters at the beginning of `text` form `digits [ "." digits ]`; 0 for none.
std::size_t leading_decimal(std::string_view text);

/// Reads `digits [ "." digits ]` and returns it times `scale`, rounded down exactly
/// however many digits there are. Empty for anything else and above 2^63 - 1.
/// Precondition: 0 < scale < 2^59.
std::optional<std::int64_t> parse_scaled(std::string_view text, std::int64_t scale);

} // namespace sluice::core
