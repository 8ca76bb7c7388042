#include "http/session.hpp"

#include <array>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "http/wire/response_head.hpp"

namespace sluice::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// What a client may still send after it was refused, so that it comes to read the answer.
constexpr std::size_t max_drained = 16 * 1024 * 1024;
constexpr std::size_t small_head = 1024;
// The system would take some megabytes and copy them at once. Asio writes no more at a time either.
constexpr std::size_t max_written = 64 * 1024;

TimePoint now() { return std::chrono::steady_clock::now(); }

Headers refusal_headers(const Refusal& refusal) {
  if (refusal.status == 405)
    return {{"Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"}};
  if (refusal.status == 503)
    return {{"Retry-After", "1"}};
  return {};
}

std::size_t body_size(const ApiResponse& response) {
  auto size = response.body.size();
  for (const auto& piece : response.pieces)
    size += piece.size();
  return size;
}

std::string refusal_body(const Refusal& refusal) {
  return std::string(R"({"error":")").append(refusal.text).append(R"("})");
}

} // namespace

Session::Session(Socket socket, std::string remote_address, SessionContext& context)
    : socket_(std::move(socket)),
      remote_address_(std::move(remote_address)),
      context_(context),
      reader_(context.options.limits) {
  error_code ignored;
  socket_.non_blocking(true, ignored); // a write that would wait is told apart from one that fits
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

void Session::start() { await_bytes(); }

void Session::reject(const Refusal& refusal) { refuse(refusal); }

void Session::check_deadline(TimePoint now) {
  // Only what may take long cares.
  if (state_ == State::handling && gone_ && is_client_gone())
    return std::exchange(gone_, nullptr)();
  if (state_ == State::closed || now < deadline_)
    return;
  if (state_ == State::reading)
    refuse({408, "the request took too long"});
  else
    close();
}

void Session::finish() {
  is_finishing_ = true;
  if (state_ == State::idle)
    close();
}

void Session::close() {
  if (state_ == State::closed)
    return;
  state_ = State::closed;
  error_code ignored;
  socket_.close(ignored);
  context_.closed(*this);
}

void Session::read() {
  read_pending_ = true;
  auto space = reader_.space();
  socket_.async_read_some(
      asio::buffer(space.data(), space.size()),
      [self = shared_from_this()](const error_code& error, std::size_t count) { self->on_read(error, count); });
}

void Session::on_read(const error_code& error, std::size_t count) {
  read_pending_ = false;
  // While a 408 is being written nothing is read any more.
  if (state_ == State::closed || state_ == State::writing)
    return;
  if (error)
    return close();
  if (state_ == State::lingering)
    return drain(count);
  advance(reader_.commit(count));
}

void Session::advance(ReadProgress progress) {
  // Answers that come inside the handler must not deepen the stack, however many are pipelined.
  is_advancing_ = true;
  while (progress == ReadProgress::complete) {
    handle_request();
    if (state_ != State::idle)
      break;
    progress = reader_.next();
  }
  is_advancing_ = false;
  if (progress == ReadProgress::need_more)
    await_bytes();
  else if (progress == ReadProgress::want_continue)
    permit_body();
  else if (progress == ReadProgress::refused)
    refuse(reader_.refusal());
}

void Session::handle_request() {
  state_ = State::handling;
  deadline_ = TimePoint::max();
  ApiRequest request{reader_.method(), reader_.target(), reader_.headers(), reader_.take_body(), remote_address_};
  request.on_gone = [this](std::function<void()> gone) {
    if (state_ == State::handling)
      gone_ = std::move(gone);
  };
  context_.handle(std::move(request),
                  [self = shared_from_this()](ApiResponse response) { self->answer(std::move(response)); });
}

// An end of what the client sends counts as its end: who waits for an answer keeps the connection open. A
// request behind this one hides it.
bool Session::is_client_gone() {
  std::array<char, 1> byte;
  error_code error;
  socket_.receive(asio::buffer(byte), Socket::message_peek, error);
  return error && error != asio::error::would_block;
}

void Session::answer(ApiResponse response) {
  if (state_ != State::handling)
    return;
  gone_ = nullptr;
  auto& facts = reader_.facts();
  bool is_last = is_finishing_ || response.is_last || !facts.keep_alive;
  auto connection = is_last ? "close" : facts.is_http_1_0 ? "keep-alive" : "";
  append_response_head(out_head_, {response.status, body_size(response), connection, context_.options.header_lines},
                       response.headers);
  if (reader_.method() != "HEAD" && response.status != 204 && response.status != 304) {
    out_body_ = std::move(response.body);
    out_pieces_ = std::move(response.pieces);
  }
  flush(is_last ? AfterWrite::linger : AfterWrite::next_request);
}

void Session::refuse(const Refusal& refusal) {
  out_body_ = refusal_body(refusal);
  append_response_head(out_head_, {refusal.status, out_body_.size(), "close", context_.options.header_lines},
                       refusal_headers(refusal));
  flush(AfterWrite::linger);
}

void Session::permit_body() {
  begin_request();
  out_head_ = "HTTP/1.1 100 Continue\r\n\r\n";
  flush(AfterWrite::read_body);
}

void Session::await_bytes() {
  if (!reader_.is_idle()) {
    begin_request();
    acknowledge();
  } else if (is_finishing_) {
    return close();
  } else {
    deadline_ = now() + context_.options.idle_timeout;
  }
  read();
}

// A client that sends head and body apart, as Python's do, may keep back the body until the head was acknowledged, for
// which the system would take 40 ms.
void Session::acknowledge() {
#ifdef TCP_QUICKACK
  const int on = 1;
  setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
#endif
}

// The time of a request runs from its first byte, however slowly the others come.
void Session::begin_request() {
  if (state_ != State::idle)
    return;
  state_ = State::reading;
  deadline_ = now() + context_.options.request_timeout;
}

// Most answers fit into the socket's buffer: sending them here and now spares a round of the loop.
void Session::flush(AfterWrite after) {
  state_ = State::writing;
  after_write_ = after;
  error_code error;
  auto written = socket_.write_some(
      std::array{asio::buffer(std::as_const(out_head_)), asio::buffer(std::as_const(out_body_), max_written)}, error);
  if (error && error != asio::error::would_block)
    return close();
  if (written == out_head_.size() + out_body_.size() && out_pieces_.empty())
    return after_write();
  write_rest(written);
}

void Session::write_rest(std::size_t written) {
  if (after_write_ != AfterWrite::read_body)
    deadline_ = now() + context_.options.request_timeout;
  auto body_written = written - std::min(written, out_head_.size());
  std::array rest{asio::buffer(std::as_const(out_head_)) + written,
                  asio::buffer(std::as_const(out_body_)) + body_written};
  write_all(rest, [this] { write_pieces(); });
}

void Session::write_pieces() {
  if (pieces_begun_ == out_pieces_.size())
    return after_write();
  auto piece = std::exchange(out_pieces_[pieces_begun_++], {});
  write_all(asio::buffer(piece.view()), [this, piece] { write_pieces(); });
}

template <class Buffers, class Then>
void Session::write_all(const Buffers& buffers, Then then) {
  asio::async_write(socket_, buffers,
                    [self = shared_from_this(), then = std::move(then)](const error_code& error, std::size_t) {
                      if (self->state_ == State::closed)
                        return;
                      if (error)
                        return self->close();
                      then();
                    });
}

void Session::after_write() {
  out_head_.clear();
  if (out_head_.capacity() > small_head)
    out_head_.shrink_to_fit();
  out_body_ = {};
  out_pieces_ = {};
  pieces_begun_ = 0;
  switch (after_write_) {
  case AfterWrite::next_request:
    state_ = State::idle;
    if (!is_advancing_)
      advance(reader_.next());
    return;
  case AfterWrite::read_body:
    state_ = State::reading;
    return read();
  case AfterWrite::linger:
    return linger();
  }
}

// Closing with unread bytes in the socket would reset the connection and take the answer along.
void Session::linger() {
  state_ = State::lingering;
  deadline_ = now() + context_.options.linger_timeout;
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error)
    return close();
  if (!read_pending_)
    read();
}

void Session::drain(std::size_t count) {
  drained_ += count;
  if (drained_ > max_drained)
    close();
  else
    read();
}

} // namespace sluice::http
