#include "http/program/arguments.hpp"

#include <catch2/catch.hpp>

#include "http/program/dev.hpp"
#include "http/program/published.hpp"

using namespace sluice::program;

namespace {

DevArguments dev(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "dev");
  auto command = parse_arguments(std::move(arguments));
  REQUIRE(std::holds_alternative<DevArguments>(command));
  return std::get<DevArguments>(command);
}

int exit_code(std::vector<std::string> arguments) {
  auto command = parse_arguments(std::move(arguments));
  REQUIRE(std::holds_alternative<ExitNow>(command));
  return std::get<ExitNow>(command).code;
}

} // namespace

TEST_CASE("sluice dev needs no option", "[program]") {
  auto arguments = dev({});
  CHECK(arguments.port == 8080);
  CHECK(arguments.token == dev_user.token);
  CHECK(arguments.max_body == 1024 * 1024);
  CHECK(arguments.global_parallelism == 512);
}

TEST_CASE("sluice dev takes options as GNU and as Go programs do", "[program]") {
  for (const auto& given :
       {std::vector<std::string>{"--port", "8081"}, {"--port=8081"}, {"-port", "8081"}, {"-port=8081"}})
    CHECK(dev(given).port == 8081);
  auto all =
      dev({"-token=t", "--ca-file", "f", "--max-body=5", "-global-parallelism", "7", "-log-port=1", "-quota", "pro"});
  CHECK(all.token == "t");
  CHECK(all.ca_file == "f");
  CHECK(all.max_body == 5);
  CHECK(all.global_parallelism == 7);
  CHECK(dev({"--port", "0"}).port == 0);
  CHECK(dev({"--max-body", "4MiB"}).max_body == 4 << 20);
  CHECK(dev({"-max-delay=7d", "--max-queues", "3"}).max_queues == 3);
}

TEST_CASE("Only known options with one hyphen get a second", "[program]") {
  CHECK(with_two_hyphens({"-port=1", "-p", "-", "--port", "-porter=1", "port", "-log-port"}) ==
        std::vector<std::string>{"--port=1", "-p", "-", "--port", "-porter=1", "port", "--log-port"});
}

TEST_CASE("Wrong usage is exit code 2, help and version are 0", "[program]") {
  for (const auto& wrong : {std::vector<std::string>{},
                            {"verb"},
                            {"dev", "--no-such"},
                            {"dev", "extra"},
                            {"--port", "1"},
                            {"dev", "--port", "65536"},
                            {"dev", "--port", "-1"},
                            {"dev", "--port", "x"},
                            {"dev", "--port"},
                            {"dev", "--token", ""},
                            {"dev", "--max-body", "0"},
                            {"dev", "--global-parallelism", "0"},
                            {"dev", "--max-queue-parallelism", "0"},
                            {"dev", "--durability", "full"},
                            {"serve", "extra"},
                            {"serve", "--port", "x"},
                            {"serve", "--quota", "x"},
                            {"verify", "extra"},
                            {"backup"},
                            {"restore", "--data", "x"}}) {
    CAPTURE(wrong);
    CHECK(exit_code(wrong) == 2);
  }
  for (const auto& right :
       {std::vector<std::string>{"--help"}, {"dev", "--help"}, {"serve", "--help"}, {"--version"}, {"version"}})
    CHECK(exit_code(right) == 0);
}

TEST_CASE("sluice serve needs no option and takes its own", "[program]") {
  auto command = parse_arguments({"serve"});
  REQUIRE(std::holds_alternative<ServeArguments>(command));
  CHECK(std::get<ServeArguments>(command).data == "./sluice-data");
  command = parse_arguments({"serve", "--data=x", "--port", "0"});
  REQUIRE(std::holds_alternative<ServeArguments>(command));
  CHECK(std::get<ServeArguments>(command).data == "x");
  CHECK(std::get<ServeArguments>(command).port == 0);
}

TEST_CASE("verify, backup and restore take a directory and a file", "[program]") {
  struct Row {
    std::string verb;
    StoreAction action;
  };
  for (const auto& row : {Row{"backup", StoreAction::backup}, Row{"restore", StoreAction::restore}}) {
    auto command = parse_arguments({row.verb, "--data", "d", "f"});
    REQUIRE(std::holds_alternative<StoreCommand>(command));
    const auto& store = std::get<StoreCommand>(command);
    CHECK(store.action == row.action);
    CHECK(store.data == "d");
    CHECK(store.file == "f");
  }
  auto verify = std::get<StoreCommand>(parse_arguments({"verify"}));
  CHECK(verify.action == StoreAction::verify);
  CHECK(verify.data == "./sluice-data");
}

TEST_CASE("--list-crash-points needs no verb", "[program]") {
  CHECK(std::holds_alternative<ListCrashPoints>(parse_arguments({"--list-crash-points"})));
}

TEST_CASE("The banner ends with the line that SDKs wait for", "[program]") {
  DevArguments arguments;
  arguments.token = "t";
  auto banner = dev_banner(arguments, 8081);
  auto last = std::string("sluice is running at http://127.0.0.1:8081\n");
  REQUIRE(banner.size() > last.size());
  CHECK(banner.substr(banner.size() - last.size()) == last);
  CHECK(banner.find("running") == banner.size() - last.size() + 10);
  CHECK(banner.find("\nQSTASH_URL=http://127.0.0.1:8081\nQSTASH_TOKEN=t\n") != std::string::npos);
}
