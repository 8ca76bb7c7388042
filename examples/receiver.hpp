// A destination for the examples: takes one HTTP request after the other, blocking.
//
// No part of sluice: any web server would do in its place.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

namespace example {

/// Listens on a free port of the loopback interface.
class Receiver {
public:
  Receiver() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, generic, &size) != 0)
      throw std::runtime_error("cannot listen");
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
  }
  ~Receiver() { ::close(listener_); }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  const std::string& url() const noexcept { return url_; }

  /// Waits for a request, answers 200 and returns the request's body.
  std::string receive() {
    const int connection = ::accept(listener_, nullptr, nullptr);
    std::string request;
    while (missing_bytes(request) != 0 && read_more(connection, request)) {
    }
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    const bool sent = ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL) > 0;
    ::close(connection);
    if (!sent || missing_bytes(request) != 0)
      throw std::runtime_error("the connection was lost");
    return request.substr(request.find("\r\n\r\n") + 4);
  }

private:
  static bool read_more(int connection, std::string& request) {
    char buffer[4096];
    const auto size = ::recv(connection, buffer, sizeof buffer, 0);
    if (size > 0)
      request.append(buffer, static_cast<std::size_t>(size));
    return size > 0;
  }

  /// 0 once the request is complete; its body has a Content-Length.
  static std::size_t missing_bytes(const std::string& request) {
    const auto head = request.find("\r\n\r\n");
    const auto field = request.find("Content-Length: ");
    if (head == std::string::npos)
      return 1;
    const std::size_t body = field < head ? std::stoul(request.substr(field + 16)) : 0;
    return head + 4 + body - std::min(request.size(), head + 4 + body);
  }

  int listener_;
  std::string url_;
};

} // namespace example
