// `sluice verify`, `backup` and `restore`: what one does with a data directory besides serving it.
#pragma once

#include <string>

namespace sluice::program {

enum class StoreAction { verify, backup, restore };

struct StoreCommand {
  StoreAction action = StoreAction::verify;
  std::string data = "./sluice-data";
  std::string file{}; ///< Of backup and restore.
};

/// Does it and says so. Returns the exit code: 0, 5 for a store that is not whole (its report is on
/// standard error), is missing or cannot be used, 3 for a directory or file that is refused, 1 for any other failure.
int run_store_command(const StoreCommand& command);

} // namespace sluice::program
