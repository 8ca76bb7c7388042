// Pages of a big log: fills a durable store, opens it again as a new process would, and prints for a set of filters
// what the slowest of twenty pages took.
//
//   log_pages [--n 1000000] [--directory D] [--keep 1]
//
// Each event is a row of its own, as at a low rate. `--keep 1` uses the directory as it is.
#include <algorithm>
#include <fstream>

#include "store_driver.hpp"

using namespace sluice;

namespace {

constexpr std::size_t group = 300;
constexpr std::size_t rounds = 20;
constexpr std::size_t rare_every = 100'000; // messages

long resident_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:"))
      return std::stol(line.substr(6)) / 1024;
  return 0;
}

std::shared_ptr<const Message> labelled(const Message& message, std::size_t number) {
  auto copy = std::make_shared<Message>(message);
  auto& request = copy->request;
  request.destination = UrlDestination{"https://destination" + std::to_string(number % 100) + ".example/orders"};
  request.labels = {number % rare_every == 1 ? "rare" : "label" + std::to_string(number % 10)};
  request.caller_ip = "192.0.2.1";
  return copy;
}

// A message that is created, sent and delivered; every thousandth fails.
void add_course(Changes& changes, std::shared_ptr<const Message> message, WallTime time, bool fails) {
  using std::chrono::milliseconds;
  auto sequence = message->id.sequence();
  auto ended = time + milliseconds{3};
  changes.push_back(InsertMessage{message, time, false});
  changes.push_back(AddEvent{{time, sequence, EventKind::created}, message});
  changes.push_back(AddEvent{{time + milliseconds{1}, sequence, EventKind::active}, message});
  changes.push_back(AddEvent{{ended, sequence, fails ? EventKind::failed : EventKind::delivered, 200}, message});
  changes.push_back(FinishMessage{sequence, MessageRow::State::delivered, 1, ended, footprint(*message)});
}

void fill(const bench::Arguments& arguments) {
  bench::Driver driver(arguments);
  bench::MessageSource source(1000);
  auto total = arguments.number("--n", 1'000'000) / 3;
  bench::Stopwatch watch;
  WallTime time{std::chrono::milliseconds{1'700'000'000'000}};
  for (std::size_t done = 0; done < total;) {
    Changes changes;
    for (std::size_t each = 0; each < group; ++each, ++done)
      add_course(changes, labelled(*source.next(), done), time + std::chrono::milliseconds{done}, done % 1000 == 0);
    driver.commit(std::move(changes));
  }
  std::printf("filled in %.0f ms\n", watch.ms());
}

struct Page {
  const char* name;
  LogQuery query;
};

template <class Set>
LogQuery by(Set set) {
  LogQuery query;
  set(query.filter);
  return query;
}

std::vector<Page> pages(const bench::Arguments& arguments) {
  auto middle = WallTime{std::chrono::milliseconds{1'700'000'000'000 + arguments.number("--n", 1'000'000) / 6}};
  LogQuery deep{.cursor = LogPosition{middle, 0}};
  std::vector<Page> all;
  all.push_back({"the newest 1000", {}});
  all.push_back({"1000 from the middle", deep});
  all.push_back({"1000, earliest first", {.earliest_first = true}});
  all.push_back({"a label that nothing has", by([](auto& filter) { filter.labels = {"none"}; })});
  all.push_back({"a label of one in 100,000", by([](auto& filter) { filter.labels = {"rare"}; })});
  all.push_back({"a label of one in ten", by([](auto& filter) { filter.labels = {"label3"}; })});
  all.push_back({"a key of one in 1000", by([](auto& filter) { filter.flow_control_keys = {"customer-7"}; })});
  all.push_back({"a host of one in 100, and a state", by([](auto& filter) {
                   filter.hosts = {"destination7.example"};
                   filter.kinds = {EventKind::active};
                 })});
  all.push_back({"a label and a key that never meet", by([](auto& filter) {
                   filter.labels = {"label3"};
                   filter.flow_control_keys = {"customer-9"};
                 })});
  all.push_back({"fifty labels that nothing has", by([](auto& filter) {
                   for (int each = 0; each < 50; ++each)
                     filter.labels.push_back("none" + std::to_string(each));
                 })});
  all.push_back({"a state of one in 3000", by([](auto& filter) { filter.kinds = {EventKind::failed}; })});
  all.push_back({"a state that nothing has", by([](auto& filter) { filter.kinds = {EventKind::cancelled}; })});
  all.push_back({"one message", by([](auto& filter) {
                   filter.ids = {{(std::uint64_t{1'700'000'000'000} << 16) + 1000, 1}};
                 })});
  all.push_back({"a message that is unknown", by([](auto& filter) { filter.ids = {{1, 1}}; })});
  all.push_back({"a second in the middle", by([middle](auto& filter) {
                   filter.from = middle;
                   filter.to = middle + std::chrono::seconds{1};
                 })});
  return all;
}

} // namespace

int main(int argc, char** argv) {
  bench::Arguments arguments(argc, argv);
  if (arguments.number("--keep", 0) == 0)
    fill(arguments);
  auto directory = arguments.text("--directory", "store_bench");
  const char* keep[] = {"log_pages", "--keep", "1", "--directory", directory.c_str()};
  bench::Driver driver(bench::Arguments(5, const_cast<char**>(keep)));
  auto before = resident_mib();
  bench::Stopwatch opening;
  driver.log({.count = 1});
  std::printf("first page after the opening: %.0f ms; the index takes %ld MiB\n", opening.ms(),
              resident_mib() - before);
  for (const auto& [name, query] : pages(arguments)) {
    double slowest = 0;
    std::size_t found = 0;
    for (std::size_t round = 0; round < rounds; ++round) {
      bench::Stopwatch watch;
      found = driver.log(query).entries.size();
      slowest = std::max(slowest, watch.ms());
    }
    std::printf("%-36s %4zu events  %6.1f ms\n", name, found, slowest);
  }
}
