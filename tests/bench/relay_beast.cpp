// The relay limit: takes POST /v2/publish/http://HOST:PORT/PATH, answers 202
// at once and forwards the body over a pool of keep-alive connections. No
// flow control, no retries. With --log FILE every message is synced to disk
// (group commit) before the 202, which makes it the durable relay limit.
//
//   relay_beast [--port 8083] [--threads 1] [--pool 64] [--log FILE]
#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <deque>
#include <memory>
#include <thread>

#include "common.hpp"
#include "group_commit.hpp"
namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

struct Job {
  std::string host, path, body;
};

// Connections to the one destination of the benchmark.
class Pool {
public:
  Pool(asio::io_context& io, size_t limit) : io_(io), limit_(limit) {}
  void send(Job job) {
    waiting_.push_back(std::move(job));
    if (idle_.empty() && size_ < limit_)
      open();
    if (idle_.empty())
      return;
    Connection* c = idle_.back();
    idle_.pop_back();
    next(c);
  }

private:
  struct Connection {
    explicit Connection(asio::io_context& io) : socket(io) {}
    tcp::socket socket;
    boost::beast::flat_buffer buffer;
    http::request<http::string_body> request;
    http::response<http::string_body> response;
  };
  void open() {
    auto* c = new Connection(io_);
    size_t colon = waiting_.front().host.find(':');
    c->socket.connect({asio::ip::make_address(waiting_.front().host.substr(0, colon)),
                       uint16_t(atoi(waiting_.front().host.c_str() + colon + 1))});
    c->socket.set_option(tcp::no_delay(true));
    ++size_;
    idle_.push_back(c);
  }
  void next(Connection* c) {
    if (waiting_.empty())
      return idle_.push_back(c);
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    c->request = {http::verb::post, job.path, 11};
    c->request.set(http::field::host, job.host);
    c->request.set(http::field::content_type, "application/json");
    c->request.body() = std::move(job.body);
    c->request.prepare_payload();
    http::async_write(c->socket, c->request, [this, c](auto error, size_t) {
      if (error)
        bench::die("forward: " + error.message());
      c->response = {};
      http::async_read(c->socket, c->buffer, c->response, [this, c](auto error, size_t) {
        if (error)
          bench::die("forward: " + error.message());
        next(c);
      });
    });
  }
  asio::io_context& io_;
  size_t limit_, size_ = 0;
  std::vector<Connection*> idle_;
  std::deque<Job> waiting_;
};

struct Session;

struct Shard { // one thread
  Shard(int port, size_t pool_size, const std::string& log)
      : acceptor(io, tcp::v4(), bench::listen_on(port, true)), pool(io, pool_size) {
    if (!log.empty())
      commit = std::make_unique<bench::GroupCommit>(
          log, [this](uint64_t upto) { asio::post(io, [this, upto] { durable(upto); }); });
  }
  void durable(uint64_t upto);
  asio::io_context io{1};
  tcp::acceptor acceptor;
  Pool pool;
  std::unique_ptr<bench::GroupCommit> commit;
  std::deque<std::pair<uint64_t, std::shared_ptr<Session>>> unsafe; // waiting for the disk
};

struct Session : std::enable_shared_from_this<Session> {
  Session(Shard& s, tcp::socket k) : shard(s), socket(std::move(k)) { socket.set_option(tcp::no_delay(true)); }
  void read() {
    request = {};
    http::async_read(socket, buffer, request, [self = shared_from_this()](auto error, size_t) {
      if (!error)
        self->take();
    });
  }
  void take() {
    if (!shard.commit)
      return accepted();
    std::string record(request.target());
    record += '\n';
    record += request.body();
    shard.unsafe.emplace_back(shard.commit->append(record), shared_from_this());
  }
  void accepted() {
    std::string_view target(request.target().data(), request.target().size());
    target.remove_prefix(strlen("/v2/publish/http://"));
    size_t slash = target.find('/');
    shard.pool.send(
        {std::string(target.substr(0, slash)), std::string(target.substr(slash)), std::move(request.body())});
    response = {http::status::accepted, 11};
    response.set(http::field::content_type, "application/json");
    response.body() = R"({"messageId":"msg_0123456789abcdef0123456789"})";
    response.prepare_payload();
    http::async_write(socket, response, [self = shared_from_this()](auto error, size_t) {
      if (!error)
        self->read();
    });
  }
  Shard& shard;
  tcp::socket socket;
  boost::beast::flat_buffer buffer;
  http::request<http::string_body> request;
  http::response<http::string_body> response;
};

void Shard::durable(uint64_t upto) {
  for (; !unsafe.empty() && unsafe.front().first <= upto; unsafe.pop_front())
    unsafe.front().second->accepted();
}

static void accept(Shard& shard) {
  shard.acceptor.async_accept([&](auto error, tcp::socket s) {
    if (!error)
      std::make_shared<Session>(shard, std::move(s))->read();
    accept(shard);
  });
}

int main(int argc, char** argv) {
  bench::Args args(argc, argv);
  int port = int(args.num("port", 8083)), threads = int(args.num("threads", 1));
  auto pool = size_t(args.num("pool", 64));
  std::string log = args.str("log", "");
  args.done();
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i)
    all.emplace_back([=] {
      Shard shard(port, pool, log.empty() ? "" : log + std::to_string(i));
      accept(shard);
      shard.io.run();
    });
  for (auto& t : all)
    t.join();
}
