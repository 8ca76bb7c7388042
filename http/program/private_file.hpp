// Files that only their owner may read.
#pragma once

#include <optional>
#include <string>

#include "sluice/result.hpp"

namespace sluice::program {

/// The whole file, empty if there is none. Errors: `invalid_argument` if others than the owner
/// may read or write it, as ssh and PostgreSQL refuse such files: what was readable may have been
/// read, and a silent repair would hide that. `io_error` if it cannot be read.
Result<std::optional<std::string>> read_private_file(const std::string& path);

enum class IfThere { fail, replace };

/// Writes the file with mode 0600. Whatever happens meanwhile, afterwards there is the old or the
/// whole new file, and the new one is on the disk when this returns. Error: `io_error`.
Result<void> write_private_file(const std::string& path, const std::string& text, IfThere if_there);

/// Makes the directory with mode 0700 if there is none, and what is missing above it. Error: `io_error`.
Result<void> make_private_directory(const std::string& path);

} // namespace sluice::program
