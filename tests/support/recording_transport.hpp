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
    auto running = std::make_shared<Running>(*this);
    most_open = std::max(most_open, open_);
    time_.after(latency, [running, done = std::move(done), outcome = std::move(outcome)] {
      if (running->end())
        done(outcome);
    });
    return std::make_unique<RecordedCall>(std::move(running));
  }

  std::size_t open() const { return open_; }
  std::vector<Duration> times() const {
    std::vector<Duration> all;
    for (const auto& one : sent)
      all.push_back(one.at);
    return all;
  }

  std::vector<Sent> sent;
  std::size_t most_open = 0;

private:
  // Open from being sent to its answer, or to being cancelled.
  struct Running {
    explicit Running(RecordingTransport& transport) : transport(transport) { ++transport.open_; }
    bool end() {
      bool was_open = std::exchange(is_open, false);
      transport.open_ -= was_open;
      return was_open;
    }
    RecordingTransport& transport;
    bool is_open = true;
  };
  struct RecordedCall : Call {
    explicit RecordedCall(std::shared_ptr<Running> running) : running(std::move(running)) {}
    ~RecordedCall() override { running->end(); }
    std::shared_ptr<Running> running;
  };

  VirtualTime& time_;
  std::size_t open_ = 0;
};

} // namespace sluice::test
