// A transport that answers at once and remembers what it was asked to send.
#pragma once

#include <memory>
#include <vector>

#include "sluice/transport.hpp"

namespace sluice::test {

/// Every call completes with `status`, on the next turn of the loop. Without an answer
/// (`holds`) a call stays in flight until it is destroyed.
class RecordingTransport : public Transport {
public:
  explicit RecordingTransport(EventLoop& loop) : loop_(loop) {}

  std::unique_ptr<Call> send(OutgoingRequest request, Done done) override {
    sent.push_back(std::move(request));
    auto call = std::make_unique<RunningCall>();
    if (!holds)
      loop_.post([alive = std::weak_ptr(call->alive), outcome = answer, done = std::move(done)] {
        if (!alive.expired())
          done(outcome);
      });
    return call;
  }

  Outcome answer{.status = 200, .body = "done"};
  bool holds = false;
  std::vector<OutgoingRequest> sent;

private:
  struct RunningCall : Call {
    std::shared_ptr<char> alive = std::make_shared<char>();
  };

  EventLoop& loop_;
};

} // namespace sluice::test
