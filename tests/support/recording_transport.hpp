// A destination in virtual time: keeps what was sent, and answers as told.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sluice/transport.hpp"
#include "tests/support/virtual_time.hpp"

namespace sluice::test {

class RecordingTransport final : public Transport {
public:
  struct Sent {
    Duration at;
    OutgoingRequest request;
    std::string header(std::string_view name) const {
      for (const auto& header : request.headers)
        if (header.name == name)
          return header.value;
      return {};
    }
  };
  struct Answer {
    Duration latency{0};
    Outcome outcome{200, {}, {}, {}};
  };

  explicit RecordingTransport(VirtualTime& time) : time_(time) {}

  /// How to answer; at first with 200 at once.
  std::function<Answer(const OutgoingRequest&)> answer = [](const OutgoingRequest&) { return Answer{}; };

  std::unique_ptr<Call> send(OutgoingRequest request, Done done) override {
    auto [latency, outcome] = answer(request);
    sent.push_back({time_.elapsed(), std::move(request)});
    most_open = std::max(most_open, ++*open_);
    auto call = std::make_unique<OpenCall>(open_);
    time_.after(latency, [alive = std::weak_ptr(call->alive), done = std::move(done), outcome = std::move(outcome)] {
      if (!alive.expired())
        done(outcome);
    });
    return call;
  }

  std::size_t open() const { return *open_; }
  std::vector<Duration> times() const {
    std::vector<Duration> all;
    for (const auto& one : sent)
      all.push_back(one.at);
    return all;
  }

  std::vector<Sent> sent;
  std::size_t most_open = 0;

private:
  struct OpenCall : Call {
    explicit OpenCall(std::shared_ptr<std::size_t> open) : open(std::move(open)) {}
    ~OpenCall() override { --*open; }
    std::shared_ptr<std::size_t> open;
    std::shared_ptr<bool> alive = std::make_shared<bool>(true);
  };

  VirtualTime& time_;
  std::shared_ptr<std::size_t> open_ = std::make_shared<std::size_t>(0);
};

} // namespace sluice::test
