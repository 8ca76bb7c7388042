#include "http/program/serve.hpp"

#include <atomic>
#include <iostream>
#include <optional>

#include <string.h>
#include <sys/stat.h>

#include "http/program/credentials.hpp"
#include "http/program/exit_code.hpp"
#include "http/program/private_file.hpp"
#include "http/program/process.hpp"
#include "http/program/serve_banner.hpp"
#include "http/program/signals.hpp"
#include "sluice/server.hpp"

namespace sluice::program {

namespace {

ServerOptions server_options(const ServeArguments& arguments, const Credentials& credentials) {
  ServerOptions options;
  options.host = arguments.host;
  options.port = arguments.port;
  options.token = credentials.token;
  options.read_only_token = credentials.read_only_token;
  apply(arguments, options);
  auto& scheduler = options.scheduler;
  scheduler.signing_keys = credentials.signing_keys;
  scheduler.grace = arguments.shutdown_grace;
  scheduler.retention = arguments.retention;
  scheduler.http.ca_file = arguments.ca_file;
  scheduler.http.allow_destinations = arguments.allow_destinations;
  scheduler.storage.directory = arguments.data;
  scheduler.storage.durability = arguments.durability;
  scheduler.storage.reserve = arguments.reserve;
  return options;
}

std::string signal_name(int signal) { return std::string("SIG") + ::sigabbrev_np(signal); }

/// One server from its start to its end.
class Serving {
public:
  Serving(const ServeArguments& arguments, CredentialFile credentials)
      : arguments_(arguments),
        credentials_(std::move(credentials)),
        log_(standard_error_log(arguments.log_format, arguments.log_level)) {}

  Result<void> open();
  int run();

private:
  void announce();
  void on_keys(const Result<SigningKeys>& keys);
  void on_rotated(const SigningKeys& keys);
  void on_signal(int signal);
  void fail(const Error& error);

  const ServeArguments& arguments_;
  CredentialFile credentials_;
  LogSink log_;
  std::optional<Server> server_;
  std::atomic<int> signals_{0};
  int failure_ = done;
};

Result<void> Serving::open() {
  log_({LogLevel::info, "starting", {{"version", SLUICE_VERSION}, {"data", arguments_.data}}});
  auto options = server_options(arguments_, credentials_.credentials());
  options.log = log_;
  options.signing_keys_changed = [this](const SigningKeys& keys) { on_rotated(keys); };
  auto server = Server::open(std::move(options));
  if (!server)
    return server.error();
  server_ = *std::move(server);
  return {};
}

int Serving::run() {
  SignalWatch signals{[this](int signal) { on_signal(signal); }};
  server_->run([this] { announce(); });
  auto code = failure_ != done ? failure_ : signals.count() > 1 ? 128 + signals.last() : done;
  log_({LogLevel::info, "stopped", {{"exit", std::to_string(code)}}});
  return code;
}

// Only the store knows which keys it signs with, and only its owner may write beside it.
void Serving::announce() {
  server_->scheduler().signing_keys([this](const Result<SigningKeys>& keys) { on_keys(keys); });
}

void Serving::on_keys(const Result<SigningKeys>& keys) {
  if (!keys)
    return fail(keys.error());
  if (auto kept = credentials_.keep(*keys); !kept)
    return fail(kept.error());
  auto url = url_of(arguments_.host, server_->port());
  log_({LogLevel::info, "ready", {{"url", url}, {"credentials", credentials_.path()}}});
  std::cout << serve_banner(arguments_, credentials_, url) << std::flush;
}

void Serving::on_rotated(const SigningKeys& keys) {
  if (auto kept = credentials_.keep(keys); !kept)
    log_({LogLevel::error,
          "the rotated signing keys are not in the credentials file",
          {{"error", kept.error().message}}});
}

void Serving::on_signal(int signal) {
  bool is_first = signals_++ == 0;
  log_({is_first ? LogLevel::info : LogLevel::warning,
        is_first ? "stopping" : "stopping at once",
        {{"signal", signal_name(signal)}}});
  server_->stop();
}

void Serving::fail(const Error& error) {
  std::cerr << "sluice: " << error.message << '\n';
  failure_ = exit_code(error.code);
  server_->stop();
}

int explain(const Error& error) {
  std::cerr << "sluice: " << error.message;
  if (error.code == ErrorCode::address_in_use)
    std::cerr << "; choose another with --port or --listen";
  std::cerr << '\n';
  return exit_code(error.code);
}

} // namespace

int run_serve(const ServeArguments& arguments) {
  ::umask(S_IRWXG | S_IRWXO); // What is kept concerns nobody else.
  hold_back_signals();
  raise_file_limit();
  if (auto made = make_private_directory(arguments.data); !made)
    return explain(made.error());
  auto credentials = CredentialFile::open(arguments.data, arguments.token);
  if (!credentials)
    return explain(credentials.error());
  Serving serving(arguments, *std::move(credentials));
  if (auto opened = serving.open(); !opened)
    return explain(opened.error());
  return serving.run();
}

} // namespace sluice::program
