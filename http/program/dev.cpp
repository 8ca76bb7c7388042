#include "http/program/dev.hpp"

#include <iostream>
#include <sys/resource.h>

#include "http/program/signals.hpp"
#include "sluice/server.hpp"

namespace sluice::program {

namespace {

// Published, and what SDKs compare to recognise a development server (spec §1.5).
constexpr std::string_view current_key = "sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r";
constexpr std::string_view next_key = "sig_5ZB6DVzB1wjE8S6rZ7eenA8Pdnhs";

// Every connection is a file; the soft limit is often as low as 1024.
void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

ServerOptions server_options(const DevArguments& arguments) {
  ServerOptions options;
  options.port = arguments.port;
  options.token = arguments.token;
  options.cors = true;
  options.max_body = arguments.max_body;
  options.scheduler.max_body = arguments.max_body;
  options.scheduler.http.ca_file = arguments.ca_file;
  options.scheduler.signing_keys = {std::string(current_key), std::string(next_key)};
  options.scheduler.global_parallelism = arguments.global_parallelism;
  return options;
}

int exit_code(ErrorCode code) {
  if (code == ErrorCode::address_in_use)
    return 4;
  return code == ErrorCode::invalid_argument ? 2 : 1;
}

int explain(const Error& error, std::uint16_t port) {
  if (error.code == ErrorCode::address_in_use)
    std::cerr << "sluice: listen on 127.0.0.1:" << port << ": address already in use; choose another with --port\n";
  else
    std::cerr << "sluice: " << error.message << '\n';
  return exit_code(error.code);
}

} // namespace

std::string dev_banner(const DevArguments& arguments, std::uint16_t port) {
  auto url = "http://127.0.0.1:" + std::to_string(port);
  std::string text = "sluice " SLUICE_VERSION "  development server, in memory: nothing survives its end\n\n";
  text.append("QSTASH_URL=").append(url);
  text.append("\nQSTASH_TOKEN=").append(arguments.token);
  text.append("\nQSTASH_CURRENT_SIGNING_KEY=").append(current_key);
  text.append("\nQSTASH_NEXT_SIGNING_KEY=").append(next_key);
  text.append("\n\nTry it:  curl -H 'Authorization: Bearer ").append(arguments.token);
  text.append("' -d hi ").append(url).append("/v2/publish/https://example.com\n");
  return text.append("sluice is running at ").append(url).append("\n");
}

int run_dev(const DevArguments& arguments) {
  hold_back_signals();
  raise_file_limit();
  auto server = Server::open(server_options(arguments));
  if (!server)
    return explain(server.error(), arguments.port);
  SignalWatch signals{[&] { server->stop(); }};
  server->run([&] { std::cout << dev_banner(arguments, server->port()) << std::flush; });
  return signals.count() > 1 ? 128 + signals.last() : 0;
}

} // namespace sluice::program
