// One connection of a client: bytes to requests, answers to bytes, one request at a time.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "http/api/api.hpp"
#include "http/wire/request_reader.hpp"
#include "sluice/time.hpp"

namespace sluice::http {

/// With the executor in its type: a type-erased one costs on every operation.
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// Calls its `Respond` exactly once, at once or later, on the loop's thread.
using RequestHandler = std::function<void(ApiRequest, Respond)>;

struct SessionOptions {
  RequestLimits limits{};
  std::string_view header_lines{}; ///< Of every answer, as they go on the wire; must outlive the listener.
  Duration request_timeout = std::chrono::seconds{30}; ///< First to last byte of a request; also of writing an answer.
  Duration idle_timeout = std::chrono::seconds{75}; ///< Between two requests.
  Duration linger_timeout = std::chrono::seconds{2}; ///< For the client to take the last answer before the close.
};

class Session;

/// What all sessions of a listener share.
struct SessionContext {
  SessionOptions options{};
  RequestHandler handle{};
  std::function<void(Session&)> closed{}; ///< Called once per session, after its socket was closed.
};

/// Lives on the loop's thread. Whoever waits for an answer keeps it alive; the context is
/// not touched after the session was closed.
class Session : public std::enable_shared_from_this<Session> {
public:
  Session(Socket socket, std::string remote_address, SessionContext& context);

  void start();
  /// Answers with an error before anything was read, and closes. Instead of `start`.
  void reject(const Refusal& refusal);
  /// Acts on a deadline that has passed. The listener calls this for all sessions now and then.
  void check_deadline(TimePoint now);
  /// Closes if idle; otherwise the answer to the current request is the last one.
  void finish();
  void close();

  /// Its place in the listener's table.
  std::size_t slot = 0;

private:
  enum class State { idle, reading, handling, writing, lingering, closed };
  enum class AfterWrite { next_request, read_body, linger };

  void read();
  void on_read(const boost::system::error_code& error, std::size_t count);
  void advance(ReadProgress progress);
  void handle_request();
  bool is_client_gone();
  void answer(ApiResponse response);
  void refuse(const Refusal& refusal);
  void permit_body();
  void await_bytes();
  void acknowledge();
  void begin_request();
  void flush(AfterWrite after);
  void write_rest(std::size_t written);
  void write_pieces();
  template <class Buffers, class Then>
  void write_all(const Buffers& buffers, Then then);
  void after_write();
  void linger();
  void drain(std::size_t count);

  Socket socket_;
  std::string remote_address_;
  SessionContext& context_;
  RequestReader reader_;
  State state_ = State::idle;
  AfterWrite after_write_ = AfterWrite::next_request;
  TimePoint deadline_;
  bool read_pending_ = false;
  bool is_advancing_ = false;
  bool is_finishing_ = false;
  std::size_t drained_ = 0;
  std::function<void()> gone_; ///< Called if the client goes away before its answer.
  std::string out_head_;
  std::string out_body_;
  std::vector<Body> out_pieces_; ///< Behind `out_body_`.
  std::size_t pieces_begun_ = 0;
};

} // namespace sluice::http
