// Shared pieces of the load harness: clock, histogram, arguments, sockets,
// HTTP/1.1 message framing and the benchmark message body.
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

[[noreturn]] inline void die(const std::string& what) {
  fprintf(stderr, "%s%s%s\n", what.c_str(), errno ? ": " : "", errno ? strerror(errno) : "");
  exit(1);
}

// Every latency is taken on CLOCK_MONOTONIC, which all processes of one
// machine share (node: process.hrtime.bigint(), python: time.monotonic_ns()).
inline uint64_t now_ns(clockid_t clock = CLOCK_MONOTONIC) {
  timespec t;
  clock_gettime(clock, &t);
  return uint64_t(t.tv_sec) * 1000000000ull + uint64_t(t.tv_nsec);
}

// Log-linear histogram, 64 steps per octave (values within 1.6 %).
class Histogram {
public:
  void add(uint64_t v) {
    ++bins_[bin(v)];
    ++count_;
    max_ = std::max(max_, v);
  }
  uint64_t count() const { return count_; }
  uint64_t max() const { return max_; }
  uint64_t quantile(double q) const {
    uint64_t want = uint64_t(q * double(count_)), seen = 0;
    for (size_t i = 0; i < bins_.size(); ++i)
      if ((seen += bins_[i]) > want)
        return std::min(value(i), max_);
    return max_;
  }
  // {"p50":..,"p90":..,"p99":..,"p999":..,"max":..} in milliseconds.
  std::string json_ms() const {
    char b[200];
    auto ms = [](uint64_t v) { return double(v) / 1e6; };
    snprintf(b, sizeof b, R"({"p50":%.3f,"p90":%.3f,"p99":%.3f,"p999":%.3f,"max":%.3f})", ms(quantile(.5)),
             ms(quantile(.9)), ms(quantile(.99)), ms(quantile(.999)), ms(max_));
    return b;
  }

private:
  static size_t bin(uint64_t v) {
    if (v < 128)
      return v;
    int shift = 63 - __builtin_clzll(v) - 6;
    return size_t(shift) * 64 + (v >> shift);
  }
  static uint64_t value(size_t i) {
    if (i < 128)
      return i;
    size_t shift = i / 64 - 1;
    return (i - shift * 64) << shift;
  }
  std::vector<uint64_t> bins_ = std::vector<uint64_t>(64 * 60);
  uint64_t count_ = 0, max_ = 0;
};

// --name value arguments; every name must be asked for before done().
class Args {
public:
  Args(int argc, char** argv) : v_(argv + 1, argv + argc) {}
  std::string str(const std::string& name, std::string fallback) {
    for (size_t i = 0; i < v_.size(); ++i)
      if (v_[i] == "--" + name) {
        if (i + 1 == v_.size())
          die("--" + name + " needs a value");
        fallback = v_[i + 1];
        v_.erase(v_.begin() + long(i), v_.begin() + long(i) + 2);
        return fallback;
      }
    return fallback;
  }
  double num(const std::string& name, double fallback) {
    std::string s = str(name, "");
    return s.empty() ? fallback : atof(s.c_str());
  }
  void done() {
    errno = 0;
    if (!v_.empty())
      die("unknown argument " + v_[0]);
  }

private:
  std::vector<std::string> v_;
};

inline sockaddr_in address(const std::string& host_port) {
  size_t colon = host_port.rfind(':');
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(uint16_t(atoi(host_port.c_str() + colon + 1)));
  if (inet_pton(AF_INET, host_port.substr(0, colon).c_str(), &a.sin_addr) != 1)
    die("not an IPv4 host:port: " + host_port);
  return a;
}

inline void no_delay(int fd) {
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

inline int listen_on(int port, bool shared = false) { // loopback only; shared: several threads of one program
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (shared)
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  sockaddr_in a = address("127.0.0.1:" + std::to_string(port));
  if (bind(fd, reinterpret_cast<sockaddr*>(&a), sizeof a) || listen(fd, 4096))
    die("listen");
  return fd;
}

inline int connect_to(const sockaddr_in& a) { // blocking connect, then non-blocking
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&a), sizeof a))
    die("connect");
  no_delay(fd);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

inline void watch(int epoll, int op, int fd, uint32_t events, void* data) {
  epoll_event e{};
  e.events = events;
  e.data.ptr = data;
  if (epoll_ctl(epoll, op, fd, &e))
    die("epoll_ctl");
}

// One HTTP/1.1 message at the front of a buffer.
struct Message {
  size_t size = 0; // whole message; 0 while incomplete
  std::string_view start, headers, body;
};

inline std::string_view header(std::string_view headers, std::string_view name) {
  for (size_t at = 0; at < headers.size();) {
    size_t end = headers.find("\r\n", at);
    if (end == headers.npos)
      end = headers.size();
    if (end - at > name.size() && headers[at + name.size()] == ':' &&
        !strncasecmp(headers.data() + at, name.data(), name.size())) {
      std::string_view v = headers.substr(at + name.size() + 1, end - at - name.size() - 1);
      while (!v.empty() && v.front() == ' ')
        v.remove_prefix(1);
      return v;
    }
    at = end + 2;
  }
  return {};
}

inline Message parse(std::string_view in) {
  Message m;
  size_t end = in.find("\r\n\r\n");
  if (end == in.npos)
    return m;
  size_t line = in.find("\r\n");
  m.start = in.substr(0, line);
  m.headers = line == end ? std::string_view{} : in.substr(line + 2, end - line - 2);
  end += 4;
  if (std::string_view n = header(m.headers, "content-length"); !n.empty()) {
    size_t length = strtoull(n.data(), nullptr, 10);
    if (in.size() < end + length)
      return m;
    m.body = in.substr(end, length);
    m.size = end + length;
  } else if (!header(m.headers, "transfer-encoding").empty()) { // chunked
    for (size_t at = end;;) {
      size_t eol = in.find("\r\n", at);
      if (eol == in.npos)
        return m;
      size_t length = strtoull(in.data() + at, nullptr, 16);
      at = eol + 2 + length + 2;
      if (in.size() < at)
        return m;
      if (!length) {
        m.size = at;
        return m;
      }
    }
  } else {
    m.size = end;
  }
  return m;
}

// The benchmark body: publish time, message number, padding to `size` bytes.
inline std::string make_body(uint64_t t, uint64_t id, size_t size) {
  char b[80];
  int n = snprintf(b, sizeof b, R"({"t":%llu,"i":%llu,"p":")", (unsigned long long)t, (unsigned long long)id);
  std::string body(b, size_t(n));
  if (body.size() + 2 < size)
    body.append(size - 2 - body.size(), 'x');
  return body += "\"}";
}

inline uint64_t body_field(std::string_view body, char name) {
  char want[] = {'"', name, '"', ':', 0};
  size_t at = body.find(want);
  return at == body.npos ? 0 : strtoull(body.data() + at + 4, nullptr, 10);
}

// A non-blocking socket with an input and an output buffer.
struct Stream {
  int fd = -1;
  std::string in, out;
  bool receive() { // false: closed
    char b[65536];
    for (;;) {
      ssize_t n = recv(fd, b, sizeof b, 0);
      if (n > 0)
        in.append(b, size_t(n));
      if (n == ssize_t(sizeof b))
        continue;
      return n > 0 || (n < 0 && errno == EAGAIN);
    }
  }
  bool send_out() { // false: closed
    while (!out.empty()) {
      ssize_t n = send(fd, out.data(), out.size(), MSG_NOSIGNAL);
      if (n < 0)
        return errno == EAGAIN;
      out.erase(0, size_t(n));
    }
    return true;
  }
};

} // namespace bench
