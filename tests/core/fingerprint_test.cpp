#include "actors/core/fingerprint.hpp"

#include <catch2/catch.hpp>

#include "actors/core/filters.hpp"

using namespace sluice;

namespace {

Message message(int number) {
  Message message;
  auto& request = message.request;
  auto text = std::to_string(number);
  request.destination =
      UrlDestination{"http://Host" + text + ".example:8080/path/" + text + "?q=" + text, "group" + text};
  request.queue = QueueName{"queue" + text};
  request.schedule = ScheduleId{"schedule" + text};
  request.flow_control = FlowControl{{"key" + text}, {}};
  request.labels = {"label" + text, "all"};
  request.caller_ip = "10.0.0." + text;
  return message;
}

std::vector<MessageFilter> filters(int number) {
  auto text = std::to_string(number);
  std::vector<MessageFilter> filters(11);
  filters[0].urls = {"http://Host" + text + ".example:8080/path/" + text + "?q=" + text};
  filters[1].hosts = {"hOST" + text + ".example"};
  filters[2].hosts = {"none", "host" + text + ".example:8080"};
  filters[3].paths = {"/path/" + text};
  filters[4].queues = {"queue" + text};
  filters[5].flow_control_keys = {"key" + text};
  filters[6].labels = {"label" + text};
  filters[7].caller_ips = {"10.0.0." + text};
  filters[8].labels = {"label" + text};
  filters[8].queues = {"queue" + text};
  filters[9].url_groups = {"group" + text};
  filters[10].schedules = {"schedule" + text};
  return filters;
}

} // namespace

TEST_CASE("Whatever a filter selects may match by its fingerprint", "[core]") {
  for (int number = 0; number < 300; ++number)
    for (const auto& filter : filters(number)) {
      REQUIRE(core::matches(filter, message(number)));
      REQUIRE(core::FingerprintFilter(filter).may_match(core::Fingerprint(message(number).request)));
    }
}

TEST_CASE("Little else may match by its fingerprint", "[core]") {
  std::vector<core::Fingerprint> prints;
  for (int number = 0; number < 2000; ++number)
    prints.emplace_back(message(number).request);
  std::size_t wrong = 0;
  for (const auto& filter : filters(100'000)) {
    core::FingerprintFilter prepared(filter);
    for (const auto& print : prints)
      wrong += prepared.may_match(print);
  }
  // Of 18,000.
  CHECK(wrong < 50);
}

TEST_CASE("A fingerprint tells fields apart", "[core]") {
  MessageFilter filter;
  filter.labels = {"queue7"};
  CHECK_FALSE(core::FingerprintFilter(filter).may_match(core::Fingerprint(message(7).request)));
}
