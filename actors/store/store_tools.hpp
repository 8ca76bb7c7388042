// What an operator does with a durable store: look whether it is whole, copy it, bring a copy back.
#pragma once

#include <string>

#include "sluice/result.hpp"

namespace sluice {

/// Reads all of the store in `directory`, also while a server runs: the database's own structure,
/// every record, and that the tables agree with each other. Writes nothing. Errors: `store_unusable`
/// with one line for each thing that is wrong, `not_found` if there is no store, `io_error`.
Result<void> verify(const std::string& directory);

/// Copies the store in `directory` as it is at one moment into `file`, which must not exist; also
/// while a server runs. Half a copy never has that name. Errors: `invalid_argument` if `file`
/// exists, `not_found` if there is no store, `store_unusable`, `insufficient_storage`, `io_error`.
Result<void> backup(const std::string& directory, const std::string& file);

/// Makes a store in `directory`, which must be missing or empty, from a copy that `backup` made and
/// that is verified first. What the copy had as pending will be delivered. Errors: `invalid_argument` if
/// `directory` is not empty, `not_found` if there is no `file`, `store_unusable`, `insufficient_storage`, `io_error`.
Result<void> restore(const std::string& file, const std::string& directory);

} // namespace sluice
