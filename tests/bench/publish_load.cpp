// Load generator: publishes N messages through the QStash v2 API.
//
//   publish_load [--server 127.0.0.1:8080] [--n 20000] [--connections 64]
//                [--rate 0] [--keys 100] [--flow parallelism=5,rate=10,period=1m]
//                [--size 200] [--token T] [--header "Upstash-Delay: 10s"]
//                [--path /v2/publish/http://127.0.0.1:9000/k/{key}]
//                [--sink 127.0.0.1:9000 [--wait 120]]
//
// --rate 0 is a closed loop (each connection publishes again once answered);
// otherwise an open loop of that many a second, latency counted from the time
// each message should have been sent. Message i has key i % keys. With --sink the sink is reset first and waited for afterwards,
// and its statistics are printed too. Output: one line of JSON.
#include <deque>

#include "common.hpp"
using namespace bench;

namespace {

struct Client : Stream {
  uint64_t sent_at = 0;
  bool busy = false;
};

std::string get(const std::string& server, const std::string& path) {
  int fd = connect_to(address(server));
  fcntl(fd, F_SETFL, 0);
  Stream s;
  s.fd = fd;
  s.out = "GET " + path + " HTTP/1.1\r\nHost: sink\r\n\r\n";
  s.send_out();
  Message m;
  char b[65536];
  while (!(m = parse(s.in)).size) {
    ssize_t n = recv(fd, b, sizeof b, 0);
    if (n <= 0)
      die("GET " + path);
    s.in.append(b, size_t(n));
  }
  close(fd);
  std::string body(m.body);
  while (!body.empty() && body.back() == '\n')
    body.pop_back();
  return body;
}

class Load {
public:
  explicit Load(Args& a)
      : server_(a.str("server", "127.0.0.1:8080")),
        path_(a.str("path", "/v2/publish/http://127.0.0.1:9000/k/{key}")),
        n_(uint64_t(a.num("n", 20000))),
        keys_(uint64_t(a.num("keys", 100))),
        rate_(a.num("rate", 0)),
        size_(size_t(a.num("size", 200))),
        clients_(size_t(a.num("connections", 64))) {
    std::string flow = a.str("flow", ""), header = a.str("header", "");
    headers_ = "Host: " + server_ + "\r\nAuthorization: Bearer " + a.str("token", "token") +
               "\r\nContent-Type: application/json\r\n";
    if (!flow.empty())
      headers_ += "Upstash-Flow-Control-Value: " + flow + "\r\nUpstash-Flow-Control-Key: k";
    flow_ = !flow.empty();
    if (!header.empty())
      headers_ = header + "\r\n" + headers_;
  }

  void run() {
    int epoll = epoll_create1(0);
    sockaddr_in to = address(server_);
    for (Client& c : clients_) {
      c.fd = connect_to(to);
      watch(epoll, EPOLL_CTL_ADD, c.fd, EPOLLIN, &c);
      idle_.push_back(&c);
    }
    start_ = now_ns();
    std::vector<epoll_event> events(clients_.size());
    while (answered_ < n_) {
      send_due();
      uint64_t left = until_next();
      timespec t{time_t(left / 1000000000), long(left % 1000000000)};
      int n = epoll_pwait2(epoll, events.data(), int(events.size()), left == UINT64_MAX ? nullptr : &t, nullptr);
      for (int i = 0; i < n; ++i)
        receive(*static_cast<Client*>(events[size_t(i)].data.ptr));
    }
    end_ = now_ns();
  }

  std::string json() const {
    double s = double(end_ - start_) / 1e9;
    char b[200];
    snprintf(b, sizeof b, R"("n":%lu,"ok":%lu,"other":%lu,"seconds":%.3f,"publish_per_s":%.0f,"publish_ms":)", n_, ok_,
             n_ - ok_, s, double(n_) / s);
    return b + latency_.json_ms();
  }

private:
  uint64_t intended(uint64_t i) const { return start_ + uint64_t(double(i) * 1e9 / rate_); }

  uint64_t until_next() const {
    if (rate_ == 0 || next_ == n_ || idle_.empty())
      return UINT64_MAX;
    uint64_t at = intended(next_), now = now_ns();
    return at <= now ? 0 : at - now;
  }

  void send_due() {
    for (uint64_t now = now_ns(); next_ < n_ && !idle_.empty(); ++next_) {
      uint64_t at = rate_ == 0 ? now : intended(next_);
      if (at > now)
        break;
      Client& c = *idle_.back();
      idle_.pop_back();
      c.busy = true;
      c.sent_at = at;
      std::string key = std::to_string(next_ % keys_), body = make_body(at, next_, size_);
      std::string path = path_;
      if (size_t hole = path.find("{key}"); hole != path.npos)
        path.replace(hole, 5, key);
      c.out = "POST " + path + " HTTP/1.1\r\n" + headers_;
      if (flow_)
        c.out += key + "\r\n";
      c.out += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
      if (!c.send_out())
        die("server closed");
    }
  }

  void receive(Client& c) {
    if (!c.receive())
      die("server closed a connection");
    if (!c.out.empty())
      c.send_out();
    Message m = parse(c.in);
    if (!m.size)
      return;
    if (!c.busy)
      die("answer without a request");
    latency_.add(now_ns() - c.sent_at);
    ok_ += m.start.size() > 9 && m.start[9] == '2';
    ++answered_;
    c.in.erase(0, m.size);
    c.busy = false;
    idle_.push_back(&c);
  }

  const std::string server_, path_;
  const uint64_t n_, keys_;
  const double rate_;
  const size_t size_;
  bool flow_;
  std::string headers_;
  std::vector<Client> clients_;
  std::vector<Client*> idle_;
  uint64_t start_ = 0, end_ = 0, next_ = 0, answered_ = 0, ok_ = 0;
  Histogram latency_;
};

} // namespace

int main(int argc, char** argv) {
  Args args(argc, argv);
  std::string sink = args.str("sink", "");
  double wait = args.num("wait", 120);
  uint64_t n = uint64_t(Args(argc, argv).num("n", 20000));
  Load load(args);
  args.done();
  if (!sink.empty())
    get(sink, "/reset");
  load.run();
  std::string out = "{" + load.json();
  if (!sink.empty()) {
    for (uint64_t until = now_ns() + uint64_t(wait * 1e9); now_ns() < until; usleep(100000)) {
      if (strtoull(get(sink, "/count").c_str() + strlen("{\"unique\":"), nullptr, 10) >= n)
        break;
    }
    out += ",\"sink\":" + get(sink, "/stats");
  }
  puts((out + "}").c_str());
}
