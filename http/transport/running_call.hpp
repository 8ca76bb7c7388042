// One attempt on its way: look-up, connecting, exchange. Its owner is whoever called
// `send`; destroying it closes its connection and no one hears of it again.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/intrusive/list.hpp>

#include "actors/core/address_policy.hpp"
#include "actors/core/url.hpp"
#include "http/transport/connection.hpp"
#include "http/transport/idle_pool.hpp"
#include "http/transport/resolver_pool.hpp"
#include "sluice/transport.hpp"

namespace sluice::http {

struct CallContext;
using CallHook = boost::intrusive::list_base_hook<boost::intrusive::tag<struct CallTag>,
                                                  boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

class RunningCall final : public Transport::Call, public CallHook, Connection::User, ResolverPool::Waiter {
public:
  RunningCall(CallContext& context, OutgoingRequest request, Transport::Done done);
  ~RunningCall() override;

  /// Does all that can be done at once. An outcome that is known already is delivered later.
  void start();

  /// Ends the call if it has taken too long. Delivers later.
  void check_deadline(TimePoint now);

  /// Tells a call in `CallContext::finished` its outcome. The call may be gone afterwards.
  void deliver();

  /// The transport is going away: nothing is delivered any more.
  void drop();

private:
  void on_resolved(std::shared_ptr<const Lookup> lookup) override;
  void on_open() override;
  void on_answer(Outcome outcome) override;
  void on_failure(std::string reason) override;

  Result<void> check();
  bool reuse_connection();
  void connect();
  void connect_next(std::string reason);
  bool has_next_address() const { return next_address_ < addresses_.size(); }
  Duration connect_timeout() const;
  std::string opening_text() const;
  void release_connection();
  void close_connection();
  void fail(std::string reason);

  CallContext* context_; // Null after `drop`.
  OutgoingRequest request_;
  Transport::Done done_;
  core::Url url_;
  std::string origin_;
  std::shared_ptr<Connection> connection_;
  std::vector<boost::asio::ip::address> addresses_; // Only those that the policy permits.
  std::size_t next_address_ = 0;
  TimePoint started_;
  TimePoint address_deadline_{}; // When the next address gets its turn.
  Outcome outcome_;
  bool is_exchanging_ = false; // Else it looks up or connects.
};

using CallList = boost::intrusive::list<RunningCall, boost::intrusive::base_hook<CallHook>,
                                        boost::intrusive::constant_time_size<false>>;

/// What all calls of one transport share.
struct CallContext {
  const HttpTransportOptions& options;
  core::AddressPolicy policy;
  ResolverPool resolver;
  ConnectionSettings connections;
  IdlePool idle;
  CallList running{};
  CallList finished{};
  /// Asks for the delivery of `finished`, later.
  std::function<void()> wake{};
};

} // namespace sluice::http
