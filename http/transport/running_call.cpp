#include "http/transport/running_call.hpp"

#include <algorithm>
#include <iterator>

#include "actors/core/outgoing_check.hpp"

namespace sluice::http {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// A connection that the peer is about to close must not be chosen for a POST.
constexpr Duration keep_alive_margin = 1s;

std::string to_text(Duration duration) {
  auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return milliseconds % 1000 == 0 ? std::to_string(milliseconds / 1000) + " s" : std::to_string(milliseconds) + " ms";
}

std::string to_text(const asio::ip::address& address, std::uint16_t port) {
  auto text = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return text + ":" + std::to_string(port);
}

core::IpAddress to_core(const asio::ip::address& address) {
  return address.is_v4() ? core::mapped(address.to_v4().to_bytes()) : core::IpAddress{address.to_v6().to_bytes()};
}

// Two spellings of one origin cost a connection, no more.
std::string origin_name(const core::Url& url) {
  auto name = url.authority;
  name += url.scheme == core::Scheme::https ? " https" : " http";
  return name;
}

} // namespace

RunningCall::RunningCall(CallContext& context, OutgoingRequest request, Transport::Done done)
    : context_(&context),
      request_(std::move(request)),
      done_(std::move(done)),
      started_(std::chrono::steady_clock::now()) {}

RunningCall::~RunningCall() { close_connection(); }

void RunningCall::start() {
  context_->running.push_back(*this);
  if (auto problem = check(); !problem)
    return fail(problem.error().message);
  origin_ = origin_name(url_);
  if (!reuse_connection())
    connect();
}

Result<void> RunningCall::check() {
  auto url = core::parse_url(request_.url);
  if (!url)
    return url.error();
  url_ = std::move(*url);
  if (auto target = core::check_outgoing_target(url_.target); !target)
    return target;
  return core::check_outgoing(request_.headers);
}

bool RunningCall::reuse_connection() {
  connection_ = context_->idle.take(origin_, started_);
  is_exchanging_ = connection_ && connection_->exchange(request_, url_, *this);
  return is_exchanging_;
}

void RunningCall::connect() {
  if (auto known = context_->resolver.find(url_.host, started_))
    on_resolved(std::move(known));
  else
    context_->resolver.look_up(url_.host, *this);
}

// The addresses that pass are those that are connected to: there is no second look-up.
void RunningCall::on_resolved(std::shared_ptr<const Lookup> lookup) {
  if (!lookup->error.empty())
    return fail("name look-up of " + url_.host + " failed: " + lookup->error);
  std::copy_if(lookup->addresses.begin(), lookup->addresses.end(), std::back_inserter(addresses_),
               [&](const auto& address) { return context_->policy.permits(to_core(address)); });
  if (addresses_.empty())
    return fail("destination address " + lookup->addresses.front().to_string() + " is not allowed");
  connect_next("it has no address");
}

// Tries the addresses in their order; `reason` is why the last one failed.
void RunningCall::connect_next(std::string reason) {
  while (has_next_address()) {
    auto now = std::chrono::steady_clock::now();
    auto left = connect_timeout() - (now - started_);
    address_deadline_ = now + left / static_cast<Duration::rep>(addresses_.size() - next_address_);
    Connection::Endpoint endpoint(addresses_[next_address_++], url_.port);
    connection_ = std::make_shared<Connection>(context_->connections);
    reason = connection_->open(endpoint, url_, *this);
    if (reason.empty())
      return;
  }
  fail(opening_text() + ": " + reason);
}

std::string RunningCall::opening_text() const {
  if (next_address_ == 0)
    return "name look-up of " + url_.host;
  return "connect to " + to_text(addresses_[next_address_ - 1], url_.port);
}

void RunningCall::on_open() {
  is_exchanging_ = true;
  if (!connection_->exchange(request_, url_, *this))
    fail("exchange with " + url_.authority + ": the connection was closed at once");
}

void RunningCall::on_failure(std::string reason) {
  if (!is_exchanging_)
    connect_next(std::move(reason));
  else
    fail("exchange with " + url_.authority + ": " + reason);
}

void RunningCall::on_answer(Outcome outcome) {
  release_connection();
  CallHook::unlink();
  // Last: the call, and even the transport, may end inside.
  auto done = std::move(done_);
  request_ = {}; // The handle may be kept for long, the body must not.
  done(std::move(outcome));
}

void RunningCall::release_connection() {
  auto connection = std::move(connection_);
  if (!connection->is_idle())
    return;
  auto keep = context_->options.idle_timeout;
  if (auto peer = connection->keep_alive_timeout())
    keep = std::min<Duration>(keep, *peer - keep_alive_margin);
  if (keep <= 0s)
    return connection->close();
  context_->idle.put(std::move(origin_), std::move(connection), std::chrono::steady_clock::now() + keep);
}

Duration RunningCall::connect_timeout() const { return std::min(request_.timeout, context_->options.connect_timeout); }

void RunningCall::check_deadline(TimePoint now) {
  auto elapsed = now - started_;
  if (!is_exchanging_ && elapsed >= connect_timeout())
    return fail(opening_text() + ": no answer within " + to_text(connect_timeout()));
  if (elapsed >= request_.timeout)
    return fail("no answer within " + to_text(request_.timeout));
  if (is_exchanging_ || now < address_deadline_ || !has_next_address())
    return;
  close_connection();
  connect_next("no answer");
}

void RunningCall::fail(std::string reason) {
  close_connection();
  ResolverPool::Waiter::unlink();
  outcome_ = {0, {}, {}, std::move(reason)};
  CallHook::unlink();
  context_->finished.push_back(*this);
  context_->wake();
}

void RunningCall::deliver() {
  CallHook::unlink();
  auto done = std::move(done_);
  done(std::move(outcome_));
}

void RunningCall::drop() {
  CallHook::unlink();
  ResolverPool::Waiter::unlink();
  close_connection();
  done_ = nullptr;
  context_ = nullptr;
}

void RunningCall::close_connection() {
  if (connection_)
    connection_->close();
  connection_ = nullptr;
}

} // namespace sluice::http
