#include "tests/transport/scripted_server.hpp"

#include <array>

#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

namespace sluice::test {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class ScriptedServer::Session {
public:
  virtual ~Session() = default;
  virtual void start() = 0;
  virtual void send(std::string bytes, After after) = 0;
  /// Cuts the connection; the server is going away if `server` is unset by it.
  virtual void close() = 0;

  ScriptedServer* server = nullptr;
};

template <class Stream>
class ScriptedServer::StreamSession final : public Session, public std::enable_shared_from_this<StreamSession<Stream>> {
  static constexpr bool is_tls = !std::is_same_v<Stream, tcp::socket>;

public:
  template <class... Arguments>
  explicit StreamSession(Arguments&&... arguments) : stream_(std::forward<Arguments>(arguments)...) {}

  void start() override {
    if constexpr (is_tls)
      stream_.async_handshake(asio::ssl::stream_base::server, [self = this->shared_from_this()](error_code problem) {
        if (!problem)
          self->begin();
      });
    else
      begin();
  }

  void send(std::string bytes, After after) override {
    out_ = std::move(bytes);
    asio::async_write(stream_, asio::buffer(out_),
                      [self = this->shared_from_this(), after](error_code problem, std::size_t) {
                        if (!problem)
                          self->on_sent(after);
                      });
  }

  void close() override {
    error_code ignored;
    stream_.lowest_layer().close(ignored);
  }

private:
  void begin() {
    if (!server)
      return;
    if (server->reads_)
      return read();
    auto reply = server->next_reply();
    send(std::move(reply.bytes), reply.after);
  }

  void read() {
    stream_.async_read_some(
        asio::buffer(buffer_),
        [self = this->shared_from_this()](error_code problem, std::size_t size) { self->on_read(problem, size); });
  }

  void on_read(error_code problem, std::size_t size) {
    if (!server || problem == asio::error::operation_aborted)
      return;
    if (problem) {
      ++server->closed_by_client;
      return;
    }
    in_.append(buffer_.data(), size);
    if (is_whole()) {
      server->requests.push_back(std::exchange(in_, {}));
      auto reply = server->next_reply();
      send(std::move(reply.bytes), reply.after);
    }
    read();
  }

  bool is_whole() const {
    auto end = in_.find("\r\n\r\n");
    if (end == std::string::npos)
      return false;
    auto length = in_.find("Content-Length: ");
    auto size = length < end ? std::stoul(in_.substr(length + 16)) : 0;
    return in_.size() >= end + 4 + size;
  }

  void on_sent(After after) {
    if (after == After::drip && server)
      return send(out_.substr(out_.size() - 1), after);
    if (after == After::reset)
      stream_.lowest_layer().set_option(asio::socket_base::linger(true, 0));
    if (after == After::close || after == After::reset)
      shut_down(after);
  }

  void shut_down(After after) {
    if constexpr (is_tls) {
      if (after == After::close)
        return stream_.async_shutdown([self = this->shared_from_this()](error_code) { self->close(); });
    }
    close();
  }

  Stream stream_;
  std::array<char, 64 * 1024> buffer_{};
  std::string in_;
  std::string out_;
};

ScriptedServer::ScriptedServer(asio::io_context& io, std::vector<Reply> replies, asio::ssl::context* tls)
    : io_(io),
      acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      replies_(std::move(replies)),
      tls_(tls) {
  accept();
}

ScriptedServer::~ScriptedServer() {
  close_connections();
  for (auto& session : sessions_)
    session->server = nullptr;
}

std::string ScriptedServer::url(const std::string& target) const {
  return std::string(tls_ ? "https" : "http") + "://127.0.0.1:" + std::to_string(port()) + target;
}

void ScriptedServer::accept() {
  acceptor_.async_accept([this](error_code problem, tcp::socket socket) {
    if (problem)
      return;
    ++accepted;
    socket.set_option(tcp::no_delay(true));
    if (tls_)
      sessions_.push_back(std::make_shared<StreamSession<asio::ssl::stream<tcp::socket>>>(std::move(socket), *tls_));
    else
      sessions_.push_back(std::make_shared<StreamSession<tcp::socket>>(std::move(socket)));
    sessions_.back()->server = this;
    sessions_.back()->start();
    accept();
  });
}

Reply ScriptedServer::next_reply() {
  auto index = std::min(next_++, replies_.size() - 1);
  return replies_[index];
}

void ScriptedServer::send_unasked(const std::string& bytes) {
  for (auto& session : sessions_)
    session->send(bytes, After::keep_open);
}

void ScriptedServer::close_connections() {
  for (auto& session : sessions_)
    session->close();
}

} // namespace sluice::test
