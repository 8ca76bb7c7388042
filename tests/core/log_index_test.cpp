#include "actors/core/log_index.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

const WallTime wall0{1'700'000'000s};

PublishRequest labelled(const std::string& label) {
  PublishRequest request{UrlDestination{"http://a.example/" + label}};
  request.labels = {label};
  return request;
}

struct Log {
  core::LogIndex index;

  LogPosition add(std::chrono::milliseconds at, std::uint64_t sequence, const std::string& label = "x",
                  EventKind kind = EventKind::created) {
    auto request = labelled(label);
    return index.add({wall0 + at, sequence, kind}, [&](auto) { return &request; });
  }

  // The sequences of what a search takes, and where it goes on.
  std::string found(const LogQuery& query, std::size_t steps = 1'000'000) const {
    std::string text;
    auto next = index.search(query, steps, [&](const auto& candidate) {
      text += std::to_string(candidate.sequence) + ' ';
      return true;
    });
    return text +
           (next ? "to " + std::to_string((next->time - wall0).count()) + '-' + std::to_string(next->ordinal) : "end");
  }
};

const LogQuery up{.earliest_first = true};

} // namespace

TEST_CASE("LogIndex keeps events by time, those of one moment as they came", "[core]") {
  Log log;
  CHECK(log.add(20ms, 2) == LogPosition{wall0 + 20ms, 0});
  CHECK(log.add(10ms, 1) == LogPosition{wall0 + 10ms, 0});
  CHECK(log.add(20ms, 3) == LogPosition{wall0 + 20ms, 1});
  CHECK(log.add(10ms, 4) == LogPosition{wall0 + 10ms, 1});
  CHECK(log.found(up) == "1 4 2 3 end");
  CHECK(log.found({}) == "3 2 4 1 end");
}

TEST_CASE("LogIndex gives no place twice while its time is the last", "[core]") {
  Log log;
  log.add(10ms, 1);
  log.add(10ms, 2);
  log.index.drop_oldest(2);
  CHECK(log.add(10ms, 3) == LogPosition{wall0 + 10ms, 2});
}

TEST_CASE("A search begins behind its cursor and stays within its times, both inclusive", "[core]") {
  Log log;
  for (int each = 1; each <= 6; ++each)
    log.add((each / 2) * 10ms, static_cast<std::uint64_t>(each));
  LogQuery query;
  query.filter.from = wall0 + 10ms;
  query.filter.to = wall0 + 20ms;
  CHECK(log.found(query) == "5 4 3 2 end");
  query.cursor = LogPosition{wall0 + 20ms, 1};
  CHECK(log.found(query) == "4 3 2 end");
  query.earliest_first = true;
  query.cursor = LogPosition{wall0 + 10ms, 0};
  CHECK(log.found(query) == "3 4 5 end");
  query.filter.to = WallTime::max();
  CHECK(log.found(query) == "3 4 5 6 end");
}

TEST_CASE("A search ends after its steps and tells where to go on", "[core]") {
  Log log;
  for (std::uint64_t each = 1; each <= 5; ++each)
    log.add(1ms, each, each == 3 ? "rare" : "x");
  LogQuery query;
  query.filter.labels = {"rare"};
  CHECK(log.found(query, 2) == "to 1-3");
  query.cursor = LogPosition{wall0 + 1ms, 3};
  CHECK(log.found(query, 2) == "3 to 1-1");
  query.cursor = LogPosition{wall0 + 1ms, 1};
  CHECK(log.found(query) == "end");
}

TEST_CASE("A search takes what its filter selects, by message and by kind", "[core]") {
  Log log;
  log.add(1ms, 1, "a");
  log.add(2ms, 2, "b");
  log.add(3ms, 1, "a", EventKind::delivered);
  log.add(4ms, 3, "c", EventKind::failed);
  auto by = [](auto set) {
    LogQuery query;
    set(query.filter);
    return query;
  };
  CHECK(log.found(by([](auto& filter) { filter.labels = {"a", "c"}; })) == "3 1 1 end");
  CHECK(log.found(by([](auto& filter) { filter.paths = {"/b"}; })) == "2 end");
  CHECK(log.found(by([](auto& filter) { filter.hosts = {"A.example:80"}; })) == "3 1 2 1 end");
  CHECK(log.found(by([](auto& filter) { filter.queues = {"a"}; })) == "end");
  CHECK(log.found(by([](auto& filter) { filter.kinds = {EventKind::delivered, EventKind::failed}; })) == "3 1 end");
  CHECK(log.found(by([](auto& filter) { filter.ids = {{2, 0}, {9, 0}}; })) == "2 end");
  CHECK(log.found(by([](auto& filter) { filter.ids = {{9, 0}}; })) == "end");
  CHECK(log.found(by([](auto& filter) { filter.none = true; })) == "end");
}

TEST_CASE("LogIndex forgets a message with its last event", "[core]") {
  Log log;
  log.add(1ms, 1, "a");
  log.add(2ms, 2, "b");
  log.add(3ms, 1, "not looked at");
  log.index.drop_oldest(2);
  LogQuery query;
  query.filter.labels = {"a"};
  CHECK(log.found(query) == "1 end");
  log.index.drop_oldest(1);
  CHECK(log.found({}) == "end");
  log.add(4ms, 1, "new");
  query.filter.labels = {"new"};
  CHECK(log.found(query) == "1 end");
}

TEST_CASE("LogIndex does not show an event whose message is gone, but counts it", "[core]") {
  Log log;
  log.index.restore({wall0, 0}, {wall0, 1, EventKind::created}, [](auto) { return nullptr; });
  log.add(1ms, 2);
  CHECK(log.found(up) == "2 end");
  log.index.drop_oldest(1);
  CHECK(log.found(up) == "2 end");
}

TEST_CASE("LogIndex stays in order through thousands of events that come late", "[core]") {
  Log log;
  std::vector<std::uint64_t> wanted;
  for (std::uint64_t each = 0; each < 5000; ++each)
    log.add(std::chrono::milliseconds{each * 7919 % 5000}, each * 7919 % 5000 + 1);
  for (std::uint64_t each = 1001; each <= 5000; ++each)
    wanted.push_back(each);
  log.index.drop_oldest(1000);
  std::vector<std::uint64_t> found;
  log.index.search(up, 1'000'000, [&](const auto& candidate) {
    found.push_back(candidate.sequence);
    return true;
  });
  CHECK(found == wanted);
}
