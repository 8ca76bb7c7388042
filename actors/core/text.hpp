// Small questions about text that came from outside. ASCII only; no locale.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::core {

/// The most bytes of a value that `quoted` repeats.
inline constexpr std::size_t max_quoted = 64;

/// `value` in double quotes, fit for an error message: cut after `max_quoted` bytes, and
/// `?` in place of every quote, backslash and byte outside printable ASCII. So the answer
/// is short, valid UTF-8, and needs no escaping inside the quotes.
std::string quoted(std::string_view value);

/// The items of a comma-separated list, without blanks around them; empty ones are left out.
std::vector<std::string> split_list(std::string_view text);

/// True if a byte is below 0x20 or is 0x7f.
bool has_control(std::string_view text);

} // namespace sluice::core
