#include "actors/core/filters.hpp"

#include <catch2/catch.hpp>

using namespace sluice;

namespace {

bool selected(const MessageFilter& filter, std::string url) {
  Message message;
  message.request.destination = UrlDestination{std::move(url)};
  return core::matches(filter, message);
}

bool by_host(std::string host, std::string url) { return selected({.hosts = {std::move(host)}}, std::move(url)); }
bool by_path(std::string path, std::string url) { return selected({.paths = {std::move(path)}}, std::move(url)); }

} // namespace

TEST_CASE("A host is compared in any case, with or without its port", "[core]") {
  for (auto host : {"a.example", "A.Example", "a.example:80"})
    CHECK(by_host(host, "http://A.example/x"));
  for (auto host : {"a.example", "a.example:8080"})
    CHECK(by_host(host, "http://a.example:8080"));
  for (auto host : {"example", "a.example:80", "a.example:808", "b.example", "a.example/"})
    CHECK_FALSE(by_host(host, "http://a.example:8080"));
  CHECK(by_host("[::1]", "https://[::1]/"));
  CHECK(by_host("[::1]:443", "https://[::1]/"));
  CHECK(selected({.hosts = {"b", "a"}}, "http://a/"));
}

TEST_CASE("A path is compared exactly, without the query", "[core]") {
  CHECK(by_path("/p", "http://a/p"));
  CHECK(by_path("/p", "http://a/p?q=1"));
  CHECK(by_path("/", "http://a"));
  CHECK(by_path("/", "http://a?q"));
  for (auto path : {"/P", "/p/", "/", "p", "/p?q=1"})
    CHECK_FALSE(by_path(path, "http://a/p?q=1"));
}

TEST_CASE("A schedule is compared exactly, and a message without one has none", "[core]") {
  Message message;
  message.request.destination = UrlDestination{"http://a/"};
  CHECK_FALSE(core::matches({.schedules = {"s"}}, message));
  message.request.schedule = ScheduleId{"s"};
  CHECK(core::matches({.schedules = {"s"}}, message));
  CHECK(core::matches({.schedules = {"r", "s"}}, message));
  CHECK_FALSE(core::matches({.schedules = {"S"}}, message));
}

TEST_CASE("Host and path must both match", "[core]") {
  CHECK(selected({.hosts = {"a"}, .paths = {"/p"}}, "http://a/p"));
  CHECK_FALSE(selected({.hosts = {"a"}, .paths = {"/q"}}, "http://a/p"));
  CHECK_FALSE(selected({.hosts = {"b"}, .paths = {"/p"}}, "http://a/p"));
}

TEST_CASE("A text of one field selects nothing by another", "[core]") {
  Message message;
  message.request.destination = UrlDestination{"https://host.example/path", "group"};
  message.request.queue = QueueName{"queue"};
  message.request.flow_control = FlowControl{{"key"}, {}};
  message.request.labels = {"label"};
  message.request.caller_ip = "192.0.2.1";
  const std::vector<std::pair<std::vector<std::string> MessageFilter::*, std::string>> fields = {
      {&MessageFilter::urls, "https://host.example/path"},
      {&MessageFilter::hosts, "host.example"},
      {&MessageFilter::paths, "/path"},
      {&MessageFilter::url_groups, "group"},
      {&MessageFilter::queues, "queue"},
      {&MessageFilter::flow_control_keys, "key"},
      {&MessageFilter::labels, "label"},
      {&MessageFilter::caller_ips, "192.0.2.1"}};
  for (const auto& [field, own] : fields)
    for (const auto& [other, text] : fields) {
      CAPTURE(text, own);
      MessageFilter filter;
      filter.*field = {text};
      CHECK(core::matches(filter, message) == (text == own));
    }
}
