#include "sluice/server.hpp"

#include <atomic>

#include "actors/event_loop_impl.hpp"
#include "http/api/api.hpp"
#include "http/hindrance_watch.hpp"
#include "http/listener.hpp"

namespace sluice {
namespace {

http::ListenerOptions listener_options(const ServerOptions& options) {
  http::ListenerOptions result;
  result.host = options.host;
  result.port = options.port;
  result.max_connections = options.max_connections;
  result.log = options.log;
  result.session.limits = {options.max_head, options.max_body, std::string(http::batch_path), options.max_batch};
  result.session.request_timeout = options.request_timeout;
  result.session.idle_timeout = options.idle_timeout;
  if (options.cors)
    result.session.header_lines = http::cors_header_lines;
  return result;
}

http::ApiOptions api_options(ServerOptions& options) {
  return {.token = std::move(options.token),
          .read_only_token = std::move(options.read_only_token),
          .cors = options.cors,
          .log = options.log,
          .clock = options.scheduler.clock,
          .signing_keys_changed = std::move(options.signing_keys_changed)};
}

Result<void> check(const ServerOptions& options) {
  if (options.token.empty())
    return invalid("token", "The token must not be empty.");
  if (options.token == options.read_only_token)
    return invalid("read_only_token", "The read-only token must differ from the token.");
  return {};
}

} // namespace

class Server::Impl {
public:
  Result<void> open(ServerOptions options);
  void run(std::function<void()> ready);
  void stop();

  std::uint16_t port() const noexcept { return listener_->port(); }
  Scheduler& scheduler() noexcept { return *scheduler_; }

private:
  void drain();

  // Destroyed from the last to the first: no request may reach a scheduler that is gone.
  EventLoop loop_;
  std::optional<Scheduler> scheduler_;
  std::unique_ptr<http::Api> api_;
  std::unique_ptr<http::HindranceWatch> hindrance_watch_;
  std::unique_ptr<http::Listener> listener_;
  std::atomic<int> stop_calls_{0};
};

Result<void> Server::Impl::open(ServerOptions options) {
  if (auto valid = check(options); !valid)
    return valid.error();
  // The port first: a second server must fail before it starts anything.
  auto listener =
      http::Listener::open(loop_.impl().io, listener_options(options), [this](http::ApiRequest request, auto respond) {
        api_->handle(std::move(request), std::move(respond));
      });
  if (!listener)
    return listener.error();
  listener_ = *std::move(listener);
  auto for_api = api_options(options);
  options.scheduler.event_loop = &loop_;
  auto scheduler = Scheduler::open(std::move(options.scheduler));
  if (!scheduler)
    return scheduler.error();
  scheduler_ = *std::move(scheduler);
  for_api.later = [this](std::function<void()> slice) { loop_.post(std::move(slice)); };
  api_ = std::make_unique<http::Api>(*scheduler_, std::move(for_api));
  if (options.log)
    hindrance_watch_ = std::make_unique<http::HindranceWatch>(loop_.impl().io, *scheduler_, std::move(options.log));
  return {};
}

void Server::Impl::run(std::function<void()> ready) {
  if (stop_calls_ > 1)
    return;
  loop_.post([this, ready = std::move(ready)] {
    listener_->start();
    if (ready)
      ready();
  });
  loop_.run();
}

void Server::Impl::stop() {
  if (stop_calls_.fetch_add(1) == 0)
    loop_.post([this] { drain(); });
  else
    loop_.stop();
}

void Server::Impl::drain() {
  api_->set_draining();
  hindrance_watch_.reset(); // That the scheduler stops is no news.
  listener_->stop_accepting();
  scheduler_->stop([this] {
    listener_->stop();
    loop_.stop();
  });
}

Server::Server(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;
Server::~Server() = default;

Result<Server> Server::open(ServerOptions options) {
  auto impl = std::make_unique<Impl>();
  if (auto result = impl->open(std::move(options)); !result)
    return result.error();
  return Server(std::move(impl));
}

std::uint16_t Server::port() const noexcept { return impl_->port(); }
Scheduler& Server::scheduler() noexcept { return impl_->scheduler(); }
void Server::run(std::function<void()> ready) { impl_->run(std::move(ready)); }
void Server::stop() { impl_->stop(); }

} // namespace sluice
