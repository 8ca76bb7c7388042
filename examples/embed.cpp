// A scheduler inside a program: publishes three messages under one flow-control key
// and sees them arrive, one at a time.
#include <iostream>

#include <sluice/scheduler.hpp>

#include "receiver.hpp"

int main() {
  example::Receiver receiver;

  // In memory, with a thread and an HTTP client of its own.
  auto scheduler = sluice::Scheduler::open({});
  if (!scheduler) {
    std::cerr << scheduler.error().message << '\n';
    return 1;
  }

  for (const char* text : {"first", "second", "third"}) {
    sluice::PublishRequest request;
    request.destination = sluice::UrlDestination{receiver.url()};
    request.body = sluice::Body{text};
    request.flow_control.emplace();
    request.flow_control->key.text = "emails";
    request.flow_control->limits.parallelism = 1; // One call at a time …
    request.flow_control->limits.rate = 100; // … and no more than 100 a second.

    // Returns once the message is stored; what is wrong with a request is said here.
    auto id = scheduler->publish(std::move(request));
    if (!id) {
      std::cerr << id.error().message << '\n';
      return 1;
    }
    std::cout << "published " << text << '\n';
  }

  // First in, first out: the second call starts when the first has ended.
  for (int i = 0; i < 3; ++i)
    std::cout << "arrived " << receiver.receive() << '\n';

  // Lets the last call end; the destructor would do the same.
  scheduler->stop();
}
