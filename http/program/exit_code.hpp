// What the program's exit code says.
#pragma once

#include "sluice/result.hpp"

namespace sluice::program {

enum ExitCode : int {
  done = 0,
  failure = 1, ///< Of a file, a socket, or sluice itself.
  usage_error = 2, ///< Of the command line or the environment.
  bad_configuration = 3, ///< What was configured is refused: published or unprotected credentials.
  port_in_use = 4,
  store_unusable = 5, ///< The store is missing, locked, corrupt, newer than this program or not a store.
};

inline ExitCode exit_code(ErrorCode code) {
  switch (code) {
  case ErrorCode::invalid_argument:
    return bad_configuration;
  case ErrorCode::address_in_use:
    return port_in_use;
  case ErrorCode::store_unusable:
  case ErrorCode::not_found:
    return store_unusable;
  default:
    return failure;
  }
}

} // namespace sluice::program
