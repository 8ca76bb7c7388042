#include "http/program/arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <iostream>

namespace sluice::program {

namespace {

constexpr int usage_error = 2;
constexpr std::size_t most_body = std::size_t{1} << 30;

constexpr std::array<std::string_view, 7> long_options = {
    "port", "token", "ca-file", "max-body", "global-parallelism", "log-port", "quota",
};

// Accepted because SDKs and scripts pass them; nothing here depends on them.
struct Ignored {
  std::string log_port, quota;
};

CLI::App* add_dev(CLI::App& app, DevArguments& dev, Ignored& ignored) {
  auto* command = app.add_subcommand("dev", "Run a development server: in memory, on 127.0.0.1 only");
  command->add_option("--port", dev.port, "Port to listen on; 0 takes any free one")
      ->envname("QSTASH_DEV_PORT")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  command->add_option("--token", dev.token, "Token of the clients; the published development token if not given")
      ->check([](const std::string& token) { return std::string(token.empty() ? "the token is empty" : ""); });
  command->add_option("--ca-file", dev.ca_file, "Certificates (PEM) to trust besides the system's");
  command->add_option("--max-body", dev.max_body, "Bytes that one message may have")
      ->check(CLI::Range(std::size_t{1}, most_body))
      ->capture_default_str();
  command->add_option("--global-parallelism", dev.global_parallelism, "Calls in flight at once, over all keys")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command->add_option("--log-port", ignored.log_port, "Accepted and ignored");
  command->add_option("--quota", ignored.quota, "Accepted and ignored");
  return command;
}

std::string version_line() { return "sluice " SLUICE_VERSION; }

// What CLI11 throws is either help or version, which are no errors, or wrong usage.
ExitNow explain(const CLI::App& app, const CLI::ParseError& problem) {
  return {app.exit(problem, std::cout, std::cerr) == 0 ? 0 : usage_error};
}

ExitNow say_not_built() {
  std::cerr << "sluice serve is not built yet: this version has only the development server, sluice dev\n";
  return {usage_error};
}

} // namespace

std::vector<std::string> with_two_hyphens(std::vector<std::string> arguments) {
  for (auto& argument : arguments) {
    if (argument.size() < 2 || argument[0] != '-' || argument[1] == '-')
      continue;
    auto name = std::string_view(argument).substr(1, argument.find('=') - 1);
    if (std::find(long_options.begin(), long_options.end(), name) != long_options.end())
      argument.insert(argument.begin(), '-');
  }
  return arguments;
}

Command parse_arguments(std::vector<std::string> arguments) {
  CLI::App app{"A message scheduler with exact flow control, compatible with QStash", "sluice"};
  DevArguments dev{.token = std::string(dev_token)};
  Ignored ignored;
  app.set_version_flag("--version", version_line());
  app.require_subcommand(1);
  add_dev(app, dev, ignored);
  auto* version = app.add_subcommand("version", "Print the version");
  auto* serve = app.add_subcommand("serve")->group("")->allow_extras();
  arguments = with_two_hyphens(std::move(arguments));
  std::reverse(arguments.begin(), arguments.end()); // CLI11 takes them from the back.
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& problem) {
    return explain(app, problem);
  }
  if (*serve)
    return say_not_built();
  if (!*version)
    return dev;
  std::cout << version_line() << '\n';
  return ExitNow{};
}

} // namespace sluice::program
