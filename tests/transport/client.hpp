// An event loop and a transport over it, for one test; runs until what is awaited happens.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>

#include "sluice/transport.hpp"

namespace sluice::test {

class Client {
public:
  explicit Client(HttpTransportOptions options = {});

  boost::asio::io_context& io();

  /// Runs the loop until `is_reached`; fails the test if that takes absurdly long.
  void run_until(const std::function<bool()>& is_reached);

  /// Sends and waits for the outcome.
  Outcome fetch(OutgoingRequest request);
  Outcome fetch(const std::string& url) { return fetch(post(url)); }

  /// Sends; the outcome will be in `outcome`.
  std::unique_ptr<Transport::Call> send(OutgoingRequest request, std::optional<Outcome>& outcome);

  static OutgoingRequest post(std::string url, std::string body = "hello");

  EventLoop loop;
  std::unique_ptr<Transport> transport;
};

/// A whole answer with a length.
std::string answer(const std::string& body = "ok", const std::string& headers = "");

} // namespace sluice::test
