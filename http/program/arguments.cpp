#include "http/program/arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>

#include "http/program/exit_code.hpp"
#include "http/program/published.hpp"
#include "http/program/serve_reader.hpp"

namespace sluice::program {

namespace {

constexpr std::array<std::string_view, 6> verbs = {"dev", "serve", "verify", "backup", "restore", "version"};
constexpr std::array<std::string_view, 5> dev_options = {"port", "token", "ca-file", "log-port", "quota"};

// Accepted because SDKs and scripts pass them; nothing here depends on them.
struct Ignored {
  std::string log_port, quota;
};

void add_option(CLI::App& command, const ServeOption& option, std::optional<std::string>& given) {
  auto* added = command.add_option("--" + std::string(option.name), given, std::string(option.help));
  added->type_name(std::string(option.type));
  if (!option.fallback.empty())
    added->default_str(std::string(option.fallback));
}

void add_limits(CLI::App& command, GivenOptions& given) {
  auto options = serve_options();
  given.resize(options.size());
  for (std::size_t index = 0; index < options.size(); ++index)
    if (options[index].is_limit)
      add_option(command, options[index], given[index]);
  command.footer("Limits can also be given in the environment: --max-body as SLUICE_MAX_BODY.");
}

void add_dev(CLI::App& app, DevArguments& dev, GivenOptions& limits, Ignored& ignored) {
  auto* command = app.add_subcommand("dev", "Run a development server: in memory, on 127.0.0.1 only");
  command->add_option("--port", dev.port, "Port to listen on; 0 takes any free one")
      ->type_name("N")
      ->envname("QSTASH_DEV_PORT")
      ->check(CLI::Range(0, 65'535).description("")) // The help shows what to write, not how it is checked.
      ->capture_default_str();
  command->add_option("--token", dev.token, "What clients authenticate with; the published development token if absent")
      ->type_name("TOKEN")
      ->check([](const std::string& token) { return std::string(token.empty() ? "the token is empty" : ""); });
  command->add_option("--ca-file", dev.ca_file, "Certificates (PEM) to trust besides the system's")->type_name("FILE");
  command->add_option("--log-port", ignored.log_port, "Accepted and ignored")->type_name("N");
  command->add_option("--quota", ignored.quota, "Accepted and ignored")->type_name("NAME");
  add_limits(*command, limits);
}

// CLI11 only collects what is said: values are read later, together with the environment.
void add_serve(CLI::App& app, GivenOptions& given) {
  auto* command = app.add_subcommand("serve", "Run a durable server");
  command->footer("Every option can also be given in the environment: --shutdown-grace as SLUICE_SHUTDOWN_GRACE.");
  auto options = serve_options();
  given.resize(options.size());
  for (std::size_t index = 0; index < options.size(); ++index)
    add_option(*command, options[index], given[index]);
}

CLI::App* add_store_command(CLI::App& app, std::string name, std::string help, StoreCommand& store) {
  auto* command = app.add_subcommand(std::move(name), std::move(help));
  command->add_option("--data", store.data, "The data directory")
      ->type_name("DIR")
      ->envname("SLUICE_DATA")
      ->capture_default_str();
  return command;
}

void add_store_commands(CLI::App& app, StoreCommand& store) {
  auto choose = [&store](StoreAction action) { return [&store, action] { store.action = action; }; };
  add_store_command(app, "verify", "Check that a data directory is whole", store)
      ->callback(choose(StoreAction::verify));
  auto* backup =
      add_store_command(app, "backup", "Copy a data directory into one file, also while it is served", store);
  backup->callback(choose(StoreAction::backup));
  backup->add_option("FILE", store.file, "The file to make")->required();
  auto* restore = add_store_command(app, "restore", "Make a data directory from a backup", store);
  restore->callback(choose(StoreAction::restore));
  restore->add_option("FILE", store.file, "The backup")->required();
}

std::string version_line() { return "sluice " SLUICE_VERSION; }

// What CLI11 throws is either help or version, which are no errors, or wrong usage.
ExitNow explain(const CLI::App& app, const CLI::ParseError& problem) {
  return {app.exit(problem, std::cout, std::cerr) == 0 ? done : usage_error};
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

ExitNow say_version() {
  std::cout << version_line() << '\n';
  return {};
}

std::string environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? value : "";
}

ExitNow refuse(std::string_view verb, const Error& error) {
  std::cerr << "sluice " << verb << ": " << error.message << '\n';
  return {usage_error};
}

Command read_serve(const GivenOptions& given) {
  auto arguments = read_serve_arguments(given, environment);
  return arguments ? Command(*std::move(arguments)) : refuse("serve", arguments.error());
}

Command read_dev(DevArguments dev, const GivenOptions& given) {
  auto limits = read_limit_arguments(given, environment);
  if (!limits)
    return refuse("dev", limits.error());
  static_cast<LimitArguments&>(dev) = *limits;
  return dev;
}

bool is_dev_option(std::string_view name) {
  auto options = serve_options();
  return std::find(dev_options.begin(), dev_options.end(), name) != dev_options.end() ||
         std::any_of(options.begin(), options.end(),
                     [&](const auto& each) { return each.is_limit && each.name == name; });
}

} // namespace

std::vector<std::string> with_two_hyphens(std::vector<std::string> arguments) {
  for (auto& argument : arguments) {
    if (!argument.starts_with('-'))
      continue;
    auto name = std::string_view(argument).substr(1, argument.find('=') - 1);
    if (is_dev_option(name))
      argument.insert(argument.begin(), '-');
  }
  return arguments;
}

Command parse_arguments(std::vector<std::string> arguments) {
  CLI::App app{"A message scheduler with exact flow control, compatible with QStash", "sluice"};
  DevArguments dev;
  dev.token = dev_user.token;
  Ignored ignored;
  GivenOptions dev_limits, serve;
  StoreCommand store;
  bool lists_crash_points = false;
  app.set_version_flag("--version", version_line());
  app.add_flag_callback(
      "--list-crash-points",
      [&] {
        lists_crash_points = true;
        throw CLI::Success();
      },
      "Print where a build for crash tests can be made to end");
  app.require_subcommand(1);
  add_dev(app, dev, dev_limits, ignored);
  add_serve(app, serve);
  add_store_commands(app, store);
  app.add_subcommand("version", "Print the version");
  if (is_unknown_verb(arguments))
    return say_unknown(arguments[0]);
  arguments = with_two_hyphens(std::move(arguments));
  std::reverse(arguments.begin(), arguments.end()); // CLI11 takes them from the back.
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& problem) {
    if (lists_crash_points)
      return ListCrashPoints{};
    return explain(app, problem);
  }
  if (app.got_subcommand("serve"))
    return read_serve(serve);
  if (app.got_subcommand("version"))
    return say_version();
  return app.got_subcommand("dev") ? read_dev(std::move(dev), dev_limits) : Command(store);
}

} // namespace sluice::program
