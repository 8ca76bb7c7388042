// The options of `sluice serve`, and those that `sluice dev` has in common with it: what there is, and what each sets.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "http/program/limits.hpp"
#include "http/program/log.hpp"
#include "sluice/scheduler.hpp"

namespace sluice::program {

/// `sluice serve`. The defaults are the library's, but for destinations: private ones must be allowed.
struct ServeArguments : LimitArguments {
  std::string data = "./sluice-data";
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080; ///< 0: any free port.
  std::string token{}; ///< Empty: the one of the data directory.
  Durability durability = Durability::full;
  std::string allow_destinations{};
  std::string ca_file{};
  RetentionOptions retention{};
  std::size_t reserve = StorageOptions{}.reserve;
  Duration shutdown_grace = SchedulerOptions{}.grace;
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::logfmt;
};

/// One option: `--name` on the command line, `SLUICE_NAME` in the environment.
struct ServeOption {
  std::string_view name;
  std::string_view type;
  std::string_view help;
  std::string_view fallback; ///< Shown as the default; empty if there is none.
  std::string_view accepted; ///< What a value must be, for who gave another.
  /// Sets what the option is for; false if `text` is no value of it.
  bool (*set)(ServeArguments& arguments, std::string_view text);
  bool is_limit = false; ///< Sets one of LimitArguments: `sluice dev` has it too.
};

/// All of them, in the order of the help.
std::span<const ServeOption> serve_options();

/// `SLUICE_SHUTDOWN_GRACE` for `shutdown-grace`.
std::string variable_of(const ServeOption& option);

} // namespace sluice::program
