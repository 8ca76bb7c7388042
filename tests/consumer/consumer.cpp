// Uses sluice through its installed headers alone.
#include <cstdio>

#include <sluice/scheduler.hpp>

int main() {
  sluice::SchedulerOptions options;
  options.grace = std::chrono::seconds{0};
  auto scheduler = sluice::Scheduler::open(std::move(options));
  if (!scheduler)
    return 1;
  sluice::PublishRequest request;
  request.destination = sluice::UrlDestination{"http://127.0.0.1:9/"};
  request.delay = std::chrono::hours{1};
  auto published = scheduler->publish(std::move(request));
  std::puts(published ? published->id.text().c_str() : published.error().message.c_str());
  return published ? 0 : 1;
}
