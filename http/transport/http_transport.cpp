#include "http/transport/http_transport.hpp"

#include <boost/asio/post.hpp>

#include "actors/event_loop_impl.hpp"

namespace sluice {

namespace http {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// How late a deadline may be noticed: one timer looks after all calls.
constexpr Duration call_interval = 25ms;
// The same for idle connections, when no call has started for a while.
constexpr Duration idle_interval = 250ms;

} // namespace

HttpTransport::HttpTransport(asio::io_context& io, HttpTransportOptions options, core::AddressPolicy policy,
                             TlsContext tls)
    : options_(std::move(options)),
      tls_(std::move(tls)),
      context_{options_, std::move(policy), ResolverPool(io, options_.resolver), ConnectionSettings{io, *tls_, {}},
               IdlePool(options_.max_idle_connections)},
      io_(io),
      timer_(io) {
  context_.connections.limits = {options_.max_response_head, options_.max_response_body};
  context_.wake = [this] { deliver_soon(); };
}

HttpTransport::~HttpTransport() {
  for (auto* calls : {&context_.running, &context_.finished}) {
    while (!calls->empty())
      calls->front().drop();
  }
}

std::unique_ptr<Transport::Call> HttpTransport::send(OutgoingRequest request, Done done) {
  auto call = std::make_unique<RunningCall>(context_, std::move(request), std::move(done));
  call->start();
  watch();
  return call;
}

void HttpTransport::deliver_soon() {
  if (std::exchange(is_delivery_due_, true))
    return;
  asio::post(io_, [this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired())
      deliver_finished();
  });
}

void HttpTransport::deliver_finished() {
  is_delivery_due_ = false;
  std::weak_ptr alive(alive_);
  // Only those that are there now: a `done` may send again and fail at once, for ever.
  for (auto count = context_.finished.size(); count > 0; --count) {
    if (alive.expired() || context_.finished.empty())
      return;
    context_.finished.front().deliver();
  }
}

void HttpTransport::watch() {
  has_new_calls_ = true;
  if (interval_ != call_interval)
    arm(call_interval);
}

void HttpTransport::arm(Duration interval) {
  interval_ = interval;
  timer_.expires_after(interval);
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](boost::system::error_code problem) {
    if (!problem && !alive.expired())
      on_tick();
  });
}

void HttpTransport::on_tick() {
  auto now = SteadyClock::now();
  context_.idle.close_expired(now);
  for (auto next = context_.running.begin(); next != context_.running.end();) {
    auto& call = *next++; // A call that ends moves to another list.
    call.check_deadline(now);
  }
  auto has_calls = std::exchange(has_new_calls_, false) || !context_.running.empty();
  interval_ = 0s;
  if (has_calls)
    arm(call_interval);
  else if (!context_.idle.empty())
    arm(idle_interval);
}

} // namespace http

Result<std::unique_ptr<Transport>> make_http_transport(EventLoop& loop, HttpTransportOptions options) {
  auto policy = core::parse_allow_list(options.allow_destinations);
  if (!policy)
    return policy.error();
  auto tls = http::make_tls_context(options.ca_file);
  if (!tls)
    return tls.error();
  if (!options.resolver)
    options.resolver = system_resolver();
  return std::unique_ptr<Transport>(
      std::make_unique<http::HttpTransport>(loop.impl().io, std::move(options), std::move(*policy), std::move(*tls)));
}

} // namespace sluice
