#include "http/program/arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <iostream>

namespace sluice::program {

namespace {

constexpr int usage_error = 2;
constexpr std::size_t most_body = std::size_t{1} << 30;

constexpr std::array<std::string_view, 3> verbs = {"dev", "version", "serve"};
constexpr std::array<std::string_view, 7> long_options = {
    "port", "token", "ca-file", "max-body", "global-parallelism", "log-port", "quota",
};

// Accepted because SDKs and scripts pass them; nothing here depends on them.
struct Ignored {
  std::string log_port, quota;
};

// The help shows what to write, not how it is checked.
CLI::Validator within(std::size_t least, std::size_t most) { return CLI::Range(least, most).description(""); }

void add_numbers(CLI::App& command, DevArguments& dev) {
  command.add_option("--port", dev.port, "Port to listen on; 0 takes any free one")
      ->type_name("N")
      ->envname("QSTASH_DEV_PORT")
      ->check(within(0, 65'535))
      ->capture_default_str();
  command.add_option("--max-body", dev.max_body, "How large one message may be")
      ->type_name("BYTES")
      ->check(within(1, most_body))
      ->capture_default_str();
  command.add_option("--global-parallelism", dev.global_parallelism, "Calls in flight at once, over all keys")
      ->type_name("N")
      ->check(within(1, 100'000))
      ->capture_default_str();
}

void add_dev(CLI::App& app, DevArguments& dev, Ignored& ignored) {
  auto* command = app.add_subcommand("dev", "Run a development server: in memory, on 127.0.0.1 only");
  add_numbers(*command, dev);
  command->add_option("--token", dev.token, "What clients authenticate with; the published development token if absent")
      ->type_name("TOKEN")
      ->check([](const std::string& token) { return std::string(token.empty() ? "the token is empty" : ""); });
  command->add_option("--ca-file", dev.ca_file, "Certificates (PEM) to trust besides the system's")->type_name("FILE");
  command->add_option("--log-port", ignored.log_port, "Accepted and ignored")->type_name("N");
  command->add_option("--quota", ignored.quota, "Accepted and ignored")->type_name("NAME");
}

std::string version_line() { return "sluice " SLUICE_VERSION; }

// What CLI11 throws is either help or version, which are no errors, or wrong usage.
ExitNow explain(const CLI::App& app, const CLI::ParseError& problem) {
  return {app.exit(problem, std::cout, std::cerr) == 0 ? 0 : usage_error};
}

// CLI11 would only say that a verb is missing.
bool is_unknown_verb(const std::vector<std::string>& arguments) {
  return !arguments.empty() && !arguments[0].starts_with('-') &&
         std::find(verbs.begin(), verbs.end(), arguments[0]) == verbs.end();
}

ExitNow say_unknown(const std::string& verb) {
  std::cerr << "sluice: unknown command " << verb << "; sluice --help shows the known ones\n";
  return {usage_error};
}

ExitNow say_not_built() {
  std::cerr << "sluice serve is not built yet: this version has only the development server, sluice dev\n";
  return {usage_error};
}

} // namespace

std::vector<std::string> with_two_hyphens(std::vector<std::string> arguments) {
  for (auto& argument : arguments) {
    if (!argument.starts_with('-'))
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
  if (is_unknown_verb(arguments))
    return say_unknown(arguments[0]);
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
