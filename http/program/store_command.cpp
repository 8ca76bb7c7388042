#include "http/program/store_command.hpp"

#include <iostream>

#include <sys/stat.h>

#include "actors/store/store_tools.hpp"
#include "http/program/exit_code.hpp"

namespace sluice::program {

namespace {

Result<void> carry_out(const StoreCommand& command) {
  switch (command.action) {
  case StoreAction::verify:
    return verify(command.data);
  case StoreAction::backup:
    return backup(command.data, command.file);
  case StoreAction::restore:
    return restore(command.file, command.data);
  }
  return {};
}

std::string success(const StoreCommand& command) {
  switch (command.action) {
  case StoreAction::verify:
    return command.data + ": the store is whole";
  case StoreAction::backup:
    return command.data + " is backed up in " + command.file;
  case StoreAction::restore:
    return command.data + " is restored from " + command.file +
           "; its credentials are not part of a backup: sluice serve makes new tokens, unless you put the old "
           "credentials.env there";
  }
  return {};
}

} // namespace

int run_store_command(const StoreCommand& command) {
  ::umask(S_IRWXG | S_IRWXO); // A backup holds what the store holds.
  if (auto result = carry_out(command); !result) {
    std::cerr << "sluice: " << result.error().message << '\n';
    return exit_code(result.error().code);
  }
  std::cout << success(command) << '\n';
  return done;
}

} // namespace sluice::program
