// Base58 text of fixed width. The digits are in ASCII order, so equally long texts sort
// as their numbers do.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::core {

inline constexpr std::size_t base58_width = 11; ///< Digits that hold any 64-bit number.

/// Appends `number` as base58_width digits.
void append_base58(std::string& text, std::uint64_t number);

/// Reads exactly base58_width digits; empty for anything else and above 2^64 - 1.
std::optional<std::uint64_t> parse_base58(std::string_view text);

/// Appends random digits, each as likely as any other to within 2^-22. `random` yields 64 random
/// bits and is called once per seven digits.
void append_random_base58(std::string& text, std::size_t digits, const std::function<std::uint64_t()>& random);
/// The same as a text of its own.
std::string random_base58(std::size_t digits, const std::function<std::uint64_t()>& random);

} // namespace sluice::core
