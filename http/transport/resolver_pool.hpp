// Name look-ups on threads of their own, so that a slow name server holds up nothing but
// the calls that need it. One look-up per host at a time; answers are kept for a short while.
//
// All members are called on the loop's thread. A look-up that hangs never blocks the
// destructor: its thread is detached and ends whenever the resolver returns.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/intrusive/list.hpp>

#include "sluice/transport.hpp"

namespace sluice::http {

/// Addresses of a host, at least one, or an error.
struct Lookup {
  std::vector<boost::asio::ip::address> addresses;
  std::string error;
};

class ResolverPool {
public:
  /// Waits for one look-up at a time; its destructor withdraws it.
  class Waiter : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  public:
    virtual ~Waiter() = default;
    virtual void on_resolved(std::shared_ptr<const Lookup> lookup) = 0;
  };

  ResolverPool(boost::asio::io_context& io, Resolver resolver);
  ~ResolverPool();
  ResolverPool(const ResolverPool&) = delete;
  ResolverPool& operator=(const ResolverPool&) = delete;

  /// What is known without asking: a numeric address, or a recent answer. Else null.
  std::shared_ptr<const Lookup> find(const std::string& host, TimePoint now);

  /// Asks, or joins those who wait for `host`. Answers later, never inside this call.
  void look_up(const std::string& host, Waiter& waiter);

private:
  struct Shared;
  struct Known {
    std::shared_ptr<const Lookup> lookup;
    TimePoint until;
  };
  using Waiters = boost::intrusive::list<Waiter, boost::intrusive::constant_time_size<false>>;

  static void serve(const std::shared_ptr<Shared>& shared);
  static void start_thread(const std::shared_ptr<Shared>& shared);
  void on_found(const std::string& host, std::shared_ptr<const Lookup> lookup);
  void remember(const std::string& host, std::shared_ptr<const Lookup> lookup);

  std::shared_ptr<Shared> shared_;
  std::unordered_map<std::string, Known> known_;
  std::unordered_map<std::string, Waiters> waiting_;
};

} // namespace sluice::http
