// Reads one answer of a destination from bytes, however they are cut. No socket, no clock.
//
// Beast finds fields and ends bodies; what it is too lenient about is checked here first: the
// raw head byte by byte, the framing headers, the status. Chunks are read as in requests.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "http/wire/chunked_body.hpp"
#include "http/wire/response_parser.hpp"
#include "sluice/transport.hpp"

namespace sluice::http {

struct ResponseLimits {
  std::size_t head = 64 * 1024;
  std::size_t body = 1024 * 1024;
};

class ResponseReader {
public:
  explicit ResponseReader(ResponseLimits limits = {}) : limits_(limits) {}

  /// Forgets the last answer and waits for the next one.
  void start();

  /// Reads on and returns how many bytes were used. Unused ones must be given again, with
  /// those that follow them. Uses nothing once `is_done`.
  std::size_t read(std::string_view bytes);

  /// No byte will follow. Ends the answer, well or badly.
  void end();

  /// The answer is complete, or it can no longer become one.
  bool is_done() const noexcept { return is_done_; }

  /// The answer, or status 0 and what was wrong with it. Precondition: `is_done`.
  Outcome take_outcome() { return std::move(outcome_); }

  /// The connection may carry another request. Precondition: `is_done`.
  bool may_reuse() const noexcept { return may_reuse_; }

  /// The `timeout` that the peer named in `Keep-Alive`; empty if it did not.
  std::optional<std::chrono::seconds> keep_alive_timeout() const noexcept { return keep_alive_timeout_; }

private:
  std::size_t read_head(std::string_view bytes);
  std::size_t read_body(std::string_view bytes);
  std::size_t read_chunks(std::string_view bytes);
  /// The size of the head; 0 while its end is not there, or after `fail`.
  std::size_t scan_head(std::string_view bytes);
  bool scan_line(std::string_view bytes);
  void parse_head(std::string_view head);
  void finish_head();
  void skip_interim();
  void put(std::string_view bytes, std::size_t& used);
  void finish(bool may_reuse);
  void fail(std::string_view reason);

  ResponseLimits limits_;
  std::optional<ResponseParser> parser_; // From the end of the head on.
  std::optional<ChunkedBody> chunks_; // If the body comes in chunks.
  Outcome outcome_;
  std::optional<std::chrono::seconds> keep_alive_timeout_;
  std::size_t scanned_ = 0;
  int interim_ = 0;
  bool is_done_ = false;
  bool may_reuse_ = false;
};

} // namespace sluice::http
