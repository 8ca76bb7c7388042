// Values of options, read strictly: no blanks, no signs, nothing left over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::program {

/// A decimal number from `least` to `most`.
std::optional<std::int64_t> read_number(std::string_view text, std::int64_t least, std::int64_t most);

/// Bytes, at most 2^50: a decimal number, alone or with `KiB`, `MiB`, `GiB` or `TiB` behind it.
std::optional<std::size_t> read_bytes(std::string_view text);

struct HostAndPort {
  std::string host; ///< Numeric, without brackets.
  std::uint16_t port = 0;
};

/// `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`.
std::optional<HostAndPort> read_address(std::string_view text);

} // namespace sluice::program
