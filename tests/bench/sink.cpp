// Destination of the benchmarks: takes every POST, answers after a fixed
// delay, and keeps when each one arrived and how many of its key were open.
//
//   POST /k/<key>   a delivery (key: a number; body: common.hpp's make_body)
//   GET  /count     JSON: different messages delivered with success so far
//   GET  /stats     JSON: counts, delivery rate, latency from publish to arrival
//   GET  /dump      CSV for analyze.py
//   GET  /reset     forget everything
//
//   sink [--port 9000] [--delay-us 0] [--fail-percent 0]
#include <deque>
#include <memory>
#include <unordered_map>

#include "common.hpp"
using namespace bench;

namespace {

struct Record {
  uint64_t publish, arrive, done;
  uint32_t key, id, open; // open: deliveries of this key in progress, this one included
  uint16_t status;
};

struct Connection : Stream {
  size_t record = SIZE_MAX; // the delivery being answered
  unsigned epoch = 0; // recording it belongs to
  bool closed = false;
};

struct Due {
  uint64_t at;
  Connection* connection;
};

class Sink {
public:
  Sink(int port, uint64_t delay, unsigned fail_percent)
      : delay_(delay), fail_percent_(fail_percent), epoll_(epoll_create1(0)), listener_(listen_on(port)) {
    records_.reserve(1 << 20);
    watch(epoll_, EPOLL_CTL_ADD, listener_, EPOLLIN, nullptr);
  }

  void run() {
    epoll_event events[512];
    for (;;) {
      int n = wait(events, 512);
      for (int i = 0; i < n; ++i)
        if (auto* c = static_cast<Connection*>(events[i].data.ptr))
          serve(*c);
        else
          accept_all();
      for (uint64_t now = now_ns(); !due_.empty() && due_.front().at <= now; due_.pop_front())
        answer(*due_.front().connection);
      for (Connection* c : closed_)
        delete c;
      closed_.clear();
    }
  }

private:
  int wait(epoll_event* events, int max) {
    if (due_.empty())
      return epoll_wait(epoll_, events, max, -1);
    uint64_t now = now_ns(), left = due_.front().at > now ? due_.front().at - now : 0;
    timespec t{time_t(left / 1000000000), long(left % 1000000000)};
    return epoll_pwait2(epoll_, events, max, &t, nullptr);
  }

  void accept_all() {
    for (int fd; (fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
      no_delay(fd);
      auto* c = new Connection;
      c->fd = fd;
      watch(epoll_, EPOLL_CTL_ADD, fd, EPOLLIN, c);
    }
  }

  void serve(Connection& c) {
    if (!c.receive())
      return close_it(c);
    next(c);
  }

  void next(Connection& c) {
    while (c.record == SIZE_MAX && !c.closed) {
      Message m = parse(c.in);
      if (!m.size)
        break;
      if (m.start.starts_with("POST "))
        deliver(c, m);
      else
        report(c, query(m.start));
      c.in.erase(0, m.size);
    }
    if (!c.closed && !c.send_out())
      close_it(c);
  }

  void deliver(Connection& c, const Message& m) {
    uint32_t key = UINT32_MAX;
    if (size_t at = m.start.find("/k/"); at != m.start.npos)
      key = uint32_t(strtoul(m.start.data() + at + 3, nullptr, 10));
    uint64_t now = now_ns();
    seed_ = seed_ * 6364136223846793005ull + 1442695040888963407ull;
    bool fail = (seed_ >> 33) % 100 < fail_percent_;
    auto id = uint32_t(body_field(m.body, 'i'));
    if (id >= seen_.size())
      seen_.resize(size_t(id) * 2 + 1);
    if (!fail && !seen_[id])
      seen_[id] = true, ++unique_;
    records_.push_back({body_field(m.body, 't'), now, 0, key, id, ++open_[key], uint16_t(fail ? 500 : 200)});
    max_open_ = std::max(max_open_, ++total_open_);
    c.record = records_.size() - 1;
    c.epoch = epoch_;
    if (delay_)
      due_.push_back({now + delay_, &c});
    else
      finish(c);
  }

  void finish(Connection& c) {
    uint16_t status = 200;
    if (c.epoch == epoch_) {
      Record& r = records_[c.record];
      r.done = now_ns();
      status = r.status;
      --open_[r.key];
      --total_open_;
    }
    c.record = SIZE_MAX;
    if (!c.closed)
      reply(c, "", status);
  }

  void answer(Connection& c) {
    finish(c);
    if (c.closed)
      closed_.push_back(&c);
    else
      next(c);
  }

  static void reply(Connection& c, const std::string& body, int status) {
    c.out += status == 200 ? "HTTP/1.1 200 OK\r\nContent-Length: " : "HTTP/1.1 500 Failed\r\nContent-Length: ";
    c.out += std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  static void report(Connection& c, const std::string& body) { // may be large: send it whole
    reply(c, body, 200);
    fcntl(c.fd, F_SETFL, 0);
    c.send_out();
    fcntl(c.fd, F_SETFL, O_NONBLOCK);
  }

  std::string query(std::string_view start) {
    if (start.starts_with("GET /count"))
      return "{\"unique\":" + std::to_string(unique_) + "}\n";
    if (start.starts_with("GET /stats"))
      return stats();
    if (start.starts_with("GET /dump"))
      return dump();
    if (start.starts_with("GET /reset"))
      reset();
    return "{}\n";
  }

  void reset() {
    ++epoch_;
    records_.clear();
    seen_.clear();
    open_.clear();
    unique_ = total_open_ = max_open_ = 0;
  }

  std::string stats() const {
    Histogram latency;
    size_t failed = 0;
    uint64_t first_publish = UINT64_MAX;
    for (const Record& r : records_) {
      failed += r.status != 200;
      if (!r.publish)
        continue;
      first_publish = std::min(first_publish, r.publish);
      latency.add(r.arrive - std::min(r.arrive, r.publish));
    }
    double span = records_.size() > 1 ? double(records_.back().arrive - records_.front().arrive) / 1e9 : 0;
    double total = records_.empty() ? 0 : double(records_.back().arrive - first_publish) / 1e9;
    char b[600];
    snprintf(
        b, sizeof b,
        R"({"count":%zu,"unique":%zu,"failed":%zu,"span_s":%.3f,"per_s":%.0f,"per_s_from_publish":%.0f,"max_open":%zu,"e2e_ms":%s})"
        "\n",
        records_.size(), unique_, failed, span, span > 0 ? double(records_.size()) / span : 0,
        total > 0 ? double(records_.size()) / total : 0, max_open_, latency.json_ms().c_str());
    return b;
  }

  std::string dump() const {
    // realtime_offset_ns turns a monotonic stamp into wall-clock time.
    std::string out = "# realtime_offset_ns=" + std::to_string(now_ns(CLOCK_REALTIME) - now_ns()) +
                      "\nkey,id,publish_ns,arrive_ns,done_ns,open,status\n";
    char b[160];
    for (const Record& r : records_)
      out.append(b, size_t(snprintf(b, sizeof b, "%u,%u,%lu,%lu,%lu,%u,%u\n", r.key, r.id, r.publish, r.arrive, r.done,
                                    r.open, r.status)));
    return out;
  }

  void close_it(Connection& c) {
    close(c.fd);
    c.closed = true;
    if (c.record == SIZE_MAX)
      closed_.push_back(&c); // else: when its answer is due
  }

  const uint64_t delay_;
  const unsigned fail_percent_;
  const int epoll_, listener_;
  uint64_t seed_ = 1;
  unsigned epoch_ = 0;
  size_t unique_ = 0, total_open_ = 0, max_open_ = 0;
  std::vector<bool> seen_; // ids delivered with success
  std::vector<Record> records_;
  std::unordered_map<uint32_t, uint32_t> open_;
  std::deque<Due> due_;
  std::vector<Connection*> closed_;
};

} // namespace

int main(int argc, char** argv) {
  Args args(argc, argv);
  int port = int(args.num("port", 9000));
  auto delay = uint64_t(args.num("delay-us", 0) * 1000);
  auto fail = unsigned(args.num("fail-percent", 0));
  args.done();
  Sink(port, delay, fail).run();
}
