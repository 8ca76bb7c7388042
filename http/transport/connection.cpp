#include "http/transport/connection.hpp"

#include "http/transport/request_text.hpp"

namespace sluice::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// What a reused connection may keep of its buffers between two exchanges.
constexpr std::size_t max_kept_buffer = 16 * 1024;

} // namespace

Connection::Connection(ConnectionSettings& settings)
    : settings_(settings), socket_(settings.io), reader_(settings.limits) {}

std::string Connection::open(const Endpoint& endpoint, const core::Url& url, User& user) {
  error_code problem;
  socket_.open(endpoint.protocol(), problem);
  if (!problem)
    socket_.non_blocking(true, problem);
  if (problem)
    return problem.message();
  error_code ignored; // Without it the peer is slower, nothing else.
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  if (url.scheme == core::Scheme::https)
    tls_ = std::make_unique<TlsSession>(settings_.tls, url.host);
  user_ = &user;
  state_ = State::connecting;
  socket_.async_connect(endpoint, [self = shared_from_this()](error_code result) { self->on_connected(result); });
  return {};
}

void Connection::on_connected(error_code problem) {
  if (state_ != State::connecting)
    return;
  if (problem)
    return fail(problem.message());
  wait_readable();
  if (!tls_)
    return become_open();
  state_ = State::shaking_hands;
  tls_->start();
  send_tls_output();
  if (!tls_->error().empty())
    fail(tls_->error());
}

void Connection::become_open() {
  state_ = State::idle;
  user_->on_open();
}

bool Connection::exchange(const OutgoingRequest& request, const core::Url& url, User& user) {
  user_ = &user;
  state_ = State::busy;
  reader_.start();
  unread_.clear();
  write_request_head(out_, request, url);
  body_ = request.body.view();
  sent_ = 0;
  if (tls_)
    encrypt();
  if (flush() && sent_ == 0) {
    close();
    return false;
  }
  return true;
}

void Connection::encrypt() {
  std::string ciphertext;
  ciphertext.reserve(out_.size() + body_.size() + 256);
  tls_->send(out_, ciphertext);
  tls_->send(body_, ciphertext);
  out_ = std::move(ciphertext);
  body_ = {};
}

// Sends what the socket takes. A later failure is left to the reading side, for the
// destination may have answered before it stopped to read.
error_code Connection::flush() {
  error_code problem;
  auto skip = std::min(sent_, out_.size());
  std::array<asio::const_buffer, 2> rest{asio::buffer(out_) + skip,
                                         asio::const_buffer(body_.data(), body_.size()) + (sent_ - skip)};
  sent_ += socket_.write_some(rest, problem);
  if (problem && problem != asio::error::would_block)
    return problem;
  if (unsent() > 0)
    wait_writable();
  return {};
}

void Connection::wait_writable() {
  if (std::exchange(is_waiting_to_write_, true))
    return;
  socket_.async_wait(socket_.wait_write, [self = shared_from_this()](error_code problem) {
    self->is_waiting_to_write_ = false;
    if (!problem && self->state_ != State::closed)
      self->flush();
  });
}

void Connection::wait_readable() {
  socket_.async_wait(socket_.wait_read,
                     [self = shared_from_this()](error_code problem) { self->on_readable(problem); });
}

void Connection::on_readable(error_code problem) {
  if (state_ == State::closed)
    return;
  std::size_t size = 0;
  if (!problem)
    size = socket_.read_some(asio::buffer(settings_.buffer), problem);
  if (problem == asio::error::would_block)
    return wait_readable();
  if (problem)
    return end(problem == asio::error::eof ? std::string{} : problem.message());
  auto bytes = std::string_view(settings_.buffer.data(), size);
  return tls_ ? take_ciphertext(bytes) : take_plaintext(bytes);
}

void Connection::take_ciphertext(std::string_view bytes) {
  auto& plaintext = settings_.plaintext;
  plaintext.clear();
  tls_->receive(bytes, plaintext);
  send_tls_output();
  if (!plaintext.empty())
    return take_plaintext(plaintext);
  if (tls_->is_closed() || !tls_->error().empty())
    return end(tls_->error());
  wait_readable();
  if (state_ == State::shaking_hands && tls_->is_open())
    become_open();
}

// An answer to a request that is not there is taken as a failure, never as the next answer.
void Connection::take_plaintext(std::string_view bytes) {
  if (state_ != State::busy)
    return fail("the destination sent something unasked");
  std::size_t used = 0;
  if (unread_.empty()) {
    used = reader_.read(bytes);
    unread_ = bytes.substr(used);
  } else {
    unread_ += bytes;
    used = reader_.read(unread_);
    unread_.erase(0, used);
  }
  if (reader_.is_done())
    return finish(!unread_.empty());
  if (tls_ && (tls_->is_closed() || !tls_->error().empty()))
    return end(tls_->error());
  wait_readable();
}

// The peer will send nothing more: by a clean end if `reason` is empty.
void Connection::end(const std::string& reason) {
  if (state_ == State::shaking_hands)
    return fail(reason.empty() ? "TLS: the connection was closed in the handshake" : reason);
  if (state_ != State::busy)
    return fail("the destination closed the connection");
  if (!reason.empty())
    return fail(reason);
  // Over TLS a body that ends with the connection is whole only if the peer says so.
  if (tls_ && !tls_->is_closed())
    return fail("TLS: the connection was cut");
  reader_.end();
  finish(true);
}

void Connection::finish(bool has_leftover) {
  auto outcome = reader_.take_outcome();
  auto may_reuse = reader_.may_reuse() && !has_leftover && unsent() == 0;
  if (tls_)
    may_reuse = may_reuse && tls_->is_drained() && !tls_->is_closed() && tls_->error().empty();
  auto* user = std::exchange(user_, nullptr);
  if (may_reuse) {
    state_ = State::idle;
    trim();
    wait_readable();
  } else {
    close();
  }
  user->on_answer(std::move(outcome));
}

void Connection::trim() {
  body_ = {};
  if (out_.capacity() > max_kept_buffer)
    out_ = {};
  if (unread_.capacity() > max_kept_buffer)
    unread_ = {};
  if (settings_.plaintext.capacity() > settings_.buffer.size() * 2)
    settings_.plaintext = {};
}

void Connection::send_tls_output() {
  if (unsent() == 0) {
    out_.clear();
    sent_ = 0;
  }
  tls_->take_output(out_);
  if (unsent() > 0)
    flush();
}

void Connection::fail(std::string reason) {
  auto* user = user_;
  close();
  if (user)
    user->on_failure(std::move(reason));
}

void Connection::rest(User& user) { user_ = &user; }

bool Connection::is_quiet() {
  char byte = 0;
  error_code problem;
  socket_.receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, problem);
  return problem == asio::error::would_block;
}

void Connection::close() {
  user_ = nullptr;
  state_ = State::closed;
  error_code ignored;
  socket_.close(ignored);
}

} // namespace sluice::http
