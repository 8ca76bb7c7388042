#include "http/program/serve_reader.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::program;
using namespace std::chrono_literals;

namespace {

using Texts = std::map<std::string, std::string>;

Result<ServeArguments> read(const Texts& flags, const Texts& variables = {}) {
  GivenOptions given(serve_options().size());
  for (std::size_t index = 0; index < given.size(); ++index)
    if (auto found = flags.find(std::string(serve_options()[index].name)); found != flags.end())
      given[index] = found->second;
  return read_serve_arguments(given, [&](const std::string& name) {
    auto found = variables.find(name);
    return found == variables.end() ? "" : found->second;
  });
}

ServeArguments good(const Texts& flags, const Texts& variables = {}) {
  auto arguments = read(flags, variables);
  REQUIRE(arguments);
  return *std::move(arguments);
}

std::string message(const Texts& flags, const Texts& variables = {}) {
  auto arguments = read(flags, variables);
  return arguments ? "accepted" : arguments.error().message;
}

} // namespace

TEST_CASE("serve without options is safe: loopback, full durability, public destinations", "[program]") {
  auto arguments = good({});
  CHECK(arguments.data == "./sluice-data");
  CHECK(arguments.host == "127.0.0.1");
  CHECK(arguments.port == 8080);
  CHECK(arguments.token.empty());
  CHECK(arguments.durability == Durability::full);
  CHECK(arguments.allow_destinations.empty());
  CHECK(arguments.global_parallelism == 512);
  CHECK(arguments.shutdown_grace == 30s);
  CHECK(arguments.log_level == LogLevel::info);
}

TEST_CASE("The defaults that the help of serve shows are those in force", "[program]") {
  auto plain = good({});
  for (std::string_view name : {"data", "port", "listen", "durability", "global-parallelism", "max-body",
                                "retention-finished", "retention-events", "retention-max-events", "retention-size",
                                "retention-dlq", "reserve", "shutdown-grace", "log-level", "log-format"}) {
    CAPTURE(name);
    auto option = std::find_if(serve_options().begin(), serve_options().end(),
                               [&](const ServeOption& each) { return each.name == name; });
    REQUIRE(option != serve_options().end());
    auto said = good({{std::string(name), std::string(option->fallback)}});
    CHECK(said.data == plain.data);
    CHECK(said.host == plain.host);
    CHECK(said.port == plain.port);
    CHECK(said.durability == plain.durability);
    CHECK(said.global_parallelism == plain.global_parallelism);
    CHECK(said.max_body == plain.max_body);
    CHECK(said.retention.finished == plain.retention.finished);
    CHECK(said.retention.events == plain.retention.events);
    CHECK(said.retention.max_events == plain.retention.max_events);
    CHECK(said.retention.max_finished_bytes == plain.retention.max_finished_bytes);
    CHECK(said.retention.dlq == plain.retention.dlq);
    CHECK(said.reserve == plain.reserve);
    CHECK(said.shutdown_grace == plain.shutdown_grace);
    CHECK(said.log_level == plain.log_level);
    CHECK(said.log_format == plain.log_format);
  }
}

TEST_CASE("Every option of serve is taken from the command line and from the environment", "[program]") {
  Texts flags = {{"data", "/d"},
                 {"listen", "[::1]:9"},
                 {"token", "t"},
                 {"durability", "normal"},
                 {"allow-destinations", "10.0.0.0/8,fd00::/8"},
                 {"ca-file", "/dev/null"},
                 {"global-parallelism", "7"},
                 {"max-body", "4MiB"},
                 {"retention-finished", "1h"},
                 {"retention-events", "2h"},
                 {"retention-dlq", "3h"},
                 {"reserve", "5KiB"},
                 {"shutdown-grace", "0s"},
                 {"log-level", "debug"},
                 {"log-format", "json"}};
  Texts variables;
  for (const auto& option : serve_options())
    if (auto found = flags.find(std::string(option.name)); found != flags.end())
      variables[variable_of(option)] = found->second;
  CHECK(variables.contains("SLUICE_RETENTION_DLQ"));
  for (const auto& arguments : {good(flags), good({}, variables)}) {
    CHECK(arguments.data == "/d");
    CHECK(arguments.host == "::1");
    CHECK(arguments.port == 9);
    CHECK(arguments.token == "t");
    CHECK(arguments.durability == Durability::normal);
    CHECK(arguments.allow_destinations == "10.0.0.0/8,fd00::/8");
    CHECK(arguments.ca_file == "/dev/null");
    CHECK(arguments.global_parallelism == 7);
    CHECK(arguments.max_body == 4 << 20);
    CHECK(arguments.retention.finished == 1h);
    CHECK(arguments.retention.events == 2h);
    CHECK(arguments.retention.dlq == 3h);
    CHECK(arguments.reserve == 5 << 10);
    CHECK(arguments.shutdown_grace == 0s);
    CHECK(arguments.log_level == LogLevel::debug);
    CHECK(arguments.log_format == LogFormat::json);
  }
}

TEST_CASE("Every limit of the help is in force, is set, and reaches the server", "[program]") {
  struct Row {
    std::string name, value;
    std::function<std::int64_t(const ServerOptions&)> read;
    std::int64_t fallback, set;
  };
  auto seconds = [](Duration duration) { return std::chrono::duration_cast<std::chrono::seconds>(duration).count(); };
  auto size = [](std::size_t count) { return static_cast<std::int64_t>(count); };
  using Options = const ServerOptions&;
  const std::vector<Row> rows = {
      {"global-parallelism", "7", [](Options all) { return all.scheduler.global_parallelism; }, 512, 7},
      {"max-body", "2MiB", [=](Options all) { return size(all.max_body); }, 1 << 20, 2 << 20},
      {"max-body", "2MiB", [=](Options all) { return size(all.scheduler.max_body); }, 1 << 20, 2 << 20},
      {"max-batch", "2MiB", [=](Options all) { return size(all.max_batch); }, 16 << 20, 2 << 20},
      {"max-head", "2KiB", [=](Options all) { return size(all.max_head); }, 64 << 10, 2 << 10},
      {"max-headers", "2KiB", [=](Options all) { return size(all.scheduler.max_headers); }, 64 << 10, 2 << 10},
      {"max-response", "0", [=](Options all) { return size(all.scheduler.http.max_response_body); }, 1 << 20, 0},
      {"max-connections", "9", [=](Options all) { return size(all.max_connections); }, 10'000, 9},
      {"max-retries", "0", [](Options all) { return std::int64_t{all.scheduler.max_retries}; }, 100, 0},
      {"max-delay", "7d", [=](Options all) { return seconds(all.scheduler.max_delay); }, 365 * 86'400, 7 * 86'400},
      {"max-timeout", "2h", [=](Options all) { return seconds(all.scheduler.max_timeout); }, 900, 7'200},
      {"max-queues", "3", [=](Options all) { return size(all.scheduler.max_queues); }, 1000, 3},
      {"max-queue-parallelism", "4", [](Options all) { return all.scheduler.max_queue_parallelism; }, 100'000, 4},
      {"max-schedules", "8", [=](Options all) { return size(all.scheduler.max_schedules); }, 1000, 8},
      {"max-url-groups", "5", [=](Options all) { return size(all.scheduler.max_url_groups); }, 1000, 5},
      {"max-endpoints", "6", [=](Options all) { return size(all.scheduler.max_endpoints); }, 100, 6},
      {"memory-limit", "1MiB", [=](Options all) { return size(all.scheduler.storage.memory_limit); }, 1 << 30, 1 << 20},
  };
  auto value = [](const Row& row, const LimitArguments& limits) {
    ServerOptions options;
    apply(limits, options);
    return row.read(options);
  };
  std::set<std::string> tested;
  for (const auto& row : rows) {
    CAPTURE(row.name);
    tested.insert(row.name);
    auto option = std::find_if(serve_options().begin(), serve_options().end(),
                               [&](const ServeOption& each) { return each.name == row.name; });
    REQUIRE(option != serve_options().end());
    CHECK(value(row, good({})) == row.fallback);
    CHECK(value(row, good({{row.name, std::string(option->fallback)}})) == row.fallback);
    CHECK(value(row, good({{row.name, row.value}})) == row.set);
    CHECK(value(row, good({}, {{variable_of(*option), row.value}})) == row.set);
    CHECK(message({{row.name, "x"}}) ==
          "--" + row.name + ": \"x\" is not accepted; it must be " + std::string(option->accepted));
    CHECK(message({{row.name, "99999999999999999999"}}) != "accepted");
  }
  for (const auto& option : serve_options())
    CHECK(tested.contains(std::string(option.name)) == option.is_limit);
}

TEST_CASE("sluice dev reads limits, and nothing else of serve", "[program]") {
  Texts variables = {{"SLUICE_MAX_RETRIES", "3"}, {"SLUICE_DURABILITY", "wrong"}, {"SLUICE_PORT", "wrong"}};
  auto environment = [&](const std::string& name) { return variables[name]; };
  GivenOptions given(serve_options().size());
  auto limits = read_limit_arguments(given, environment);
  REQUIRE(limits);
  CHECK(limits->max_retries == 3);
  variables["SLUICE_MAX_RETRIES"] = "-1";
  CHECK(read_limit_arguments(given, environment).error().message ==
        "SLUICE_MAX_RETRIES: \"-1\" is not accepted; it must be a number up to 1000000");
}

TEST_CASE("The command line beats the environment", "[program]") {
  CHECK(good({{"port", "1"}}, {{"SLUICE_PORT", "2"}}).port == 1);
  CHECK(good({}, {{"SLUICE_PORT", "2"}}).port == 2);
  CHECK(good({}, {{"SLUICE_PORT", ""}}).port == 8080);
  CHECK(good({{"port", "1"}}, {{"SLUICE_PORT", "wrong"}}).port == 1);
  auto mixed = good({{"port", "1"}}, {{"SLUICE_LISTEN", "0.0.0.0:2"}});
  CHECK(mixed.port == 1);
  CHECK(mixed.host == "127.0.0.1");
  CHECK(good({{"listen", "0.0.0.0:2"}}, {{"SLUICE_PORT", "1"}}).port == 2);
}

TEST_CASE("--port and --listen exclude each other", "[program]") {
  CHECK(message({{"port", "1"}, {"listen", "0.0.0.0:2"}}) == "--port and --listen exclude each other");
  CHECK(message({}, {{"SLUICE_PORT", "1"}, {"SLUICE_LISTEN", "0.0.0.0:2"}}) ==
        "SLUICE_PORT and SLUICE_LISTEN exclude each other");
}

TEST_CASE("A bad value is told with its option, itself, and what is accepted", "[program]") {
  CHECK(message({{"port", "70000"}}) == "--port: \"70000\" is not accepted; it must be a number from 0 to 65535");
  CHECK(message({}, {{"SLUICE_DURABILITY", "half"}}) ==
        "SLUICE_DURABILITY: \"half\" is not accepted; it must be full, normal or memory");
  Texts bad = {{"data", ""},
               {"port", "-1"},
               {"listen", "8080"},
               {"durability", "FULL"},
               {"allow-destinations", "10.0.0.1/8"},
               {"ca-file", "/no/such/file"},
               {"global-parallelism", "0"},
               {"max-body", "0"},
               {"retention-finished", "59s"},
               {"retention-events", "x"},
               {"retention-dlq", ""},
               {"reserve", "1 MiB"},
               {"shutdown-grace", "-1s"},
               {"log-level", "all"},
               {"log-format", "text"}};
  for (const auto& [name, value] : bad) {
    CAPTURE(name, value);
    CHECK(message({{name, value}}).starts_with("--" + name + ": \"" + value + "\" is not accepted; it must be "));
  }
}

TEST_CASE("A token that is refused is not repeated", "[program]") {
  for (const auto* token : {"se cret", "sécret", ""})
    CHECK(message({{"token", token}}) ==
          "--token: the token is not accepted; it must be visible ASCII characters without blanks");
}
