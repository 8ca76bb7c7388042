// HTTP/1.1 over TCP and TLS: starts calls, watches their deadlines, keeps what they share.
#pragma once

#include <memory>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

#include "http/transport/running_call.hpp"
#include "http/transport/tls_context.hpp"
#include "sluice/transport.hpp"

namespace sluice::http {

class HttpTransport final : public Transport {
public:
  HttpTransport(boost::asio::io_context& io, HttpTransportOptions options, core::AddressPolicy policy, TlsContext tls);
  /// Calls that still run are dropped: their `done` is never called.
  ~HttpTransport() override;

  std::unique_ptr<Call> send(OutgoingRequest request, Done done) override;

private:
  using SteadyClock = std::chrono::steady_clock;
  using Timer = boost::asio::basic_waitable_timer<SteadyClock, boost::asio::wait_traits<SteadyClock>,
                                                  boost::asio::io_context::executor_type>;

  void deliver_soon();
  void deliver_finished();
  void watch();
  void arm(Duration interval);
  void on_tick();

  HttpTransportOptions options_;
  TlsContext tls_;
  CallContext context_;
  boost::asio::io_context& io_;
  Timer timer_;
  Duration interval_{0}; // 0: the timer is off.
  bool has_new_calls_ = false;
  bool is_delivery_due_ = false;
  std::shared_ptr<char> alive_ = std::make_shared<char>(); // What handlers in the queue ask first.
};

} // namespace sluice::http
