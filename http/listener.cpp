#include "http/listener.hpp"

#include <utility>

namespace sluice::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr int backlog = 4096;
constexpr auto accept_pause = std::chrono::milliseconds{100};
constexpr auto between_refusal_lines = std::chrono::seconds{1};
// Beyond max_connections: those that are being told so.
constexpr std::size_t max_rejections = 64;

std::string to_text(const tcp::endpoint& endpoint) {
  auto address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

Error listen_error(const tcp::endpoint& endpoint, const error_code& error) {
  if (error == asio::error::address_in_use)
    return {ErrorCode::address_in_use, to_text(endpoint) + ": address already in use"};
  return {ErrorCode::io_error, to_text(endpoint) + ": " + error.message()};
}

} // namespace

Result<std::unique_ptr<Listener>> Listener::open(asio::io_context& io, ListenerOptions options, RequestHandler handle) {
  std::unique_ptr<Listener> listener(new Listener(io, std::move(options), std::move(handle)));
  if (auto result = listener->listen(); !result)
    return result.error();
  return listener;
}

Listener::Listener(asio::io_context& io, ListenerOptions options, RequestHandler handle)
    : options_(std::move(options)),
      context_{options_.session, std::move(handle), [this](Session& session) { remove_session(session); }},
      acceptor_(io),
      retry_timer_(io),
      sweep_timer_(io) {}

Listener::~Listener() {
  while (!sessions_.empty())
    std::shared_ptr(sessions_.back())->close();
}

Result<void> Listener::listen() {
  error_code error;
  auto address = asio::ip::make_address(options_.host, error);
  if (error)
    return invalid("host", "'" + options_.host + "' is not a numeric address");
  tcp::endpoint endpoint(address, options_.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error)
    acceptor_.set_option(Acceptor::reuse_address(true), error);
  if (!error)
    acceptor_.bind(endpoint, error);
  if (!error)
    acceptor_.listen(backlog, error);
  if (error)
    return listen_error(endpoint, error);
  port_ = acceptor_.local_endpoint(error).port();
  return {};
}

void Listener::start() { accept(); }

void Listener::stop_accepting() {
  error_code ignored;
  acceptor_.close(ignored);
  retry_timer_.cancel();
}

void Listener::stop() {
  stop_accepting();
  // Backwards, because a session that closes is replaced by the last one.
  for (auto index = sessions_.size(); index-- > 0;)
    std::shared_ptr(sessions_[index])->finish();
}

void Listener::accept() {
  acceptor_.async_accept(peer_, [this](const error_code& error, Socket socket) {
    if (error != asio::error::operation_aborted)
      on_accepted(error, std::move(socket));
  });
}

void Listener::on_accepted(const error_code& error, Socket socket) {
  if (!acceptor_.is_open())
    return;
  // Out of descriptors or memory: what is there goes on, and some of it will end.
  if (error && error != asio::error::connection_aborted) {
    note_refusal(error.message());
    return accept_later();
  }
  if (!error)
    add_session(std::move(socket));
  accept();
}

void Listener::accept_later() {
  retry_timer_.expires_after(accept_pause);
  retry_timer_.async_wait([this](const error_code& error) {
    if (!error && acceptor_.is_open())
      accept();
  });
}

void Listener::add_session(Socket socket) {
  bool is_welcome = sessions_.size() < options_.max_connections;
  if (!is_welcome)
    note_refusal("too many connections");
  if (sessions_.size() >= options_.max_connections + max_rejections)
    return; // closes it
  auto session = std::make_shared<Session>(std::move(socket), peer_.address().to_string(), context_);
  session->slot = sessions_.size();
  sessions_.push_back(session);
  if (is_welcome)
    session->start();
  else
    session->reject({503, "too many connections"});
  sweep_later();
}

// A flood of connections must not become a flood of lines.
void Listener::note_refusal(std::string_view reason) {
  ++refusals_;
  auto now = std::chrono::steady_clock::now();
  if (!options_.log || (told_refusals_ != TimePoint{} && now - told_refusals_ < between_refusal_lines))
    return;
  options_.log({LogLevel::warning,
                "connections refused",
                {{"reason", std::string(reason)}, {"count", std::to_string(std::exchange(refusals_, 0))}}});
  told_refusals_ = now;
}

void Listener::remove_session(Session& session) {
  auto slot = session.slot;
  std::swap(sessions_[slot], sessions_.back());
  sessions_[slot]->slot = slot;
  sessions_.pop_back();
}

void Listener::sweep_later() {
  if (is_sweeping_ || sessions_.empty())
    return;
  is_sweeping_ = true;
  sweep_timer_.expires_after(options_.sweep_interval);
  sweep_timer_.async_wait([this](const error_code& error) {
    if (!error)
      sweep();
  });
}

void Listener::sweep() {
  is_sweeping_ = false;
  auto now = std::chrono::steady_clock::now();
  for (auto index = sessions_.size(); index-- > 0;)
    std::shared_ptr(sessions_[index])->check_deadline(now);
  sweep_later();
}

} // namespace sluice::http
