#include "http/wire/response_reader.hpp"

#include <limits>

#include "actors/core/characters.hpp"

namespace sluice::http {

namespace beast = boost::beast;

namespace {

// A server may announce 100 or 103 first, but not for ever.
constexpr int max_interim_answers = 10;
constexpr std::string_view version_prefix = "HTTP/1.";
constexpr std::size_t status_line_without_reason = std::string_view("HTTP/1.1 200").size();

// The first byte from `at` on that no line of a head may have inside.
std::size_t find_control(std::string_view bytes, std::size_t at) {
  while (at < bytes.size() && core::detail::is_field_byte(static_cast<unsigned char>(bytes[at])))
    ++at;
  return at;
}

} // namespace

void ResponseReader::start() {
  outcome_ = {};
  parser_.reset();
  chunks_.reset();
  keep_alive_timeout_.reset();
  scanned_ = 0;
  interim_ = 0;
  is_done_ = false;
  may_reuse_ = false;
}

std::size_t ResponseReader::read(std::string_view bytes) {
  std::size_t used = 0;
  while (!is_done_ && used < bytes.size()) {
    auto rest = bytes.substr(used);
    auto step = parser_ ? read_body(rest) : read_head(rest);
    if (step == 0)
      break;
    used += step;
  }
  return used;
}

std::size_t ResponseReader::read_head(std::string_view bytes) {
  auto size = scan_head(bytes);
  if (size == 0)
    return 0;
  scanned_ = 0;
  parse_head(bytes.substr(0, size));
  return size;
}

std::size_t ResponseReader::scan_head(std::string_view bytes) {
  auto prefix = bytes.substr(0, version_prefix.size());
  if (prefix != version_prefix.substr(0, prefix.size())) // An SSH banner must not wait for a timeout.
    fail("it is not HTTP/1");
  const auto head = bytes.substr(0, limits_.head);
  while (!is_done_ && scan_line(head)) {
    if (head[scanned_ - 3] == '\n')
      return scanned_;
  }
  if (!is_done_ && head.size() == limits_.head)
    fail("its head is too long");
  return 0;
}

// Moves `scanned_` behind the next CRLF, if that is there. Beast would join folded lines.
bool ResponseReader::scan_line(std::string_view bytes) {
  if (scanned_ > 0 && scanned_ < bytes.size() && bytes[scanned_ - 1] == '\n' && core::is_blank(bytes[scanned_])) {
    fail("its head has a folded line");
    return false;
  }
  scanned_ = find_control(bytes, scanned_);
  auto line_end = bytes.substr(scanned_, 2);
  if (line_end == "\r\n") {
    scanned_ += 2;
    return true;
  }
  if (!line_end.empty() && line_end != "\r")
    fail("its head has a control character");
  return false;
}

void ResponseReader::parse_head(std::string_view head) {
  outcome_ = {};
  parser_.emplace(outcome_, limits_.body);
  std::size_t used = 0;
  if (head.find('\r') == status_line_without_reason) {
    // Some servers leave out the blank before an empty reason; Beast insists on it.
    put(std::string(head.substr(0, status_line_without_reason)) + " \r\n", used);
    head.remove_prefix(status_line_without_reason + 2);
  }
  if (!is_done_)
    put(head, used);
  if (!is_done_)
    finish_head();
}

void ResponseReader::finish_head() {
  if (outcome_.status < 200)
    return skip_interim();
  keep_alive_timeout_ = parser_->keep_alive_timeout();
  if (parser_->is_done())
    finish(parser_->keep_alive());
  else if (parser_->chunked())
    chunks_.emplace(std::numeric_limits<std::size_t>::max()); // The body is cut here, not refused there.
}

void ResponseReader::skip_interim() {
  if (outcome_.status == 101)
    return fail("it switches to a protocol that was not asked for");
  if (++interim_ > max_interim_answers)
    return fail("it has too many interim answers");
  parser_.reset();
}

std::size_t ResponseReader::read_body(std::string_view bytes) {
  if (chunks_)
    return read_chunks(bytes);
  std::size_t used = 0;
  put(bytes, used);
  if (is_done_)
    return used;
  if (parser_->is_cut())
    finish(false);
  else if (parser_->is_done())
    finish(parser_->keep_alive());
  return used;
}

std::size_t ResponseReader::read_chunks(std::string_view bytes) {
  auto rest = bytes;
  auto progress = chunks_->feed(rest, outcome_.body);
  if (outcome_.body.size() > limits_.body) {
    outcome_.body.resize(limits_.body);
    finish(false);
  } else if (progress == ChunkedBody::Progress::complete) {
    finish(parser_->keep_alive());
  } else if (progress != ChunkedBody::Progress::need_more) {
    fail("a chunk or the trailers are malformed or too long");
  }
  return bytes.size() - rest.size();
}

void ResponseReader::put(std::string_view bytes, std::size_t& used) {
  beast::error_code problem;
  used = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), problem);
  if (problem && problem != beast::http::error::need_more)
    fail(parser_->problem().empty() ? problem.message() : parser_->problem());
}

void ResponseReader::end() {
  if (is_done_)
    return;
  if (parser_ && parser_->need_eof())
    return finish(false);
  fail(parser_ ? "it ended before its body was complete" : "the connection was closed before its head was complete");
}

void ResponseReader::finish(bool may_reuse) {
  is_done_ = true;
  may_reuse_ = may_reuse;
}

void ResponseReader::fail(std::string_view reason) {
  is_done_ = true;
  outcome_ = {};
  outcome_.error = "invalid answer: " + std::string(reason);
}

} // namespace sluice::http
