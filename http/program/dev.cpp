#include "http/program/dev.hpp"

#include <iostream>

#include "http/program/exit_code.hpp"
#include "http/program/process.hpp"
#include "http/program/published.hpp"
#include "http/program/signals.hpp"
#include "sluice/server.hpp"

namespace sluice::program {

namespace {

ServerOptions server_options(const DevArguments& arguments) {
  ServerOptions options;
  options.port = arguments.port;
  options.token = arguments.token;
  options.cors = true;
  apply(arguments, options);
  options.scheduler.http.ca_file = arguments.ca_file;
  options.scheduler.signing_keys = {std::string(dev_user.current_key), std::string(dev_user.next_key)};
  return options;
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
  text.append("\nQSTASH_CURRENT_SIGNING_KEY=").append(dev_user.current_key);
  text.append("\nQSTASH_NEXT_SIGNING_KEY=").append(dev_user.next_key);
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
  SignalWatch signals{[&](int) { server->stop(); }};
  server->run([&] { std::cout << dev_banner(arguments, server->port()) << std::flush; });
  return signals.count() > 1 ? 128 + signals.last() : 0;
}

} // namespace sluice::program
