// Reads one request after another from the bytes of a connection, without doing I/O.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "http/wire/chunked_body.hpp"
#include "http/wire/head_parser.hpp"
#include "http/wire/request_head.hpp"

namespace sluice::http {

struct RequestLimits {
  std::size_t max_head = 64 * 1024; ///< From the request line through the empty line.
  std::size_t max_body = 1024 * 1024; ///< Without the framing of chunks.
  std::string large_path{}; ///< Requests to it may have a body of up to `max_large_body`.
  std::size_t max_large_body = 0;
};

enum class ReadProgress {
  need_more, ///< Read on.
  want_continue, ///< Send `100 Continue`, then read on.
  complete, ///< A request is there; call `next` when it is done with.
  refused, ///< Send the refusal and close; nothing more is read.
};

/// Write into `space`, then call `commit`. The outcome does not depend on how the bytes were
/// split. Bytes after a request wait inside until `next`.
class RequestReader {
public:
  explicit RequestReader(RequestLimits limits);

  /// Never empty; invalidated by every other call that is not const.
  std::span<char> space();
  ReadProgress commit(std::size_t count);
  /// Drops the complete request and looks at the bytes behind it.
  ReadProgress next();
  /// True if no byte of the next request has come yet.
  bool is_idle() const noexcept { return stage_ == Stage::head && end_ == 0; }

  /// These are of the complete request; the views are valid until `next`.
  std::string_view method() const noexcept { return head_.method; }
  std::string_view target() const noexcept { return head_.target; }
  std::span<const HeaderView> headers() const noexcept { return head_.headers; }
  std::string take_body() noexcept { return std::move(body_); }
  const RequestFacts& facts() const noexcept { return facts_; }

  /// Why `refused` was answered.
  const Refusal& refusal() const noexcept { return refusal_; }

private:
  enum class Stage { head, fixed_body, chunked_body, complete, refused };

  ReadProgress read_head();
  ReadProgress on_head_line(std::size_t line_end);
  ReadProgress on_head_end(std::size_t size);
  ReadProgress start_body();
  ReadProgress read_body();
  ReadProgress read_fixed_body(std::string_view input);
  ReadProgress read_chunked_body(std::string_view input);
  ReadProgress complete();
  ReadProgress refuse(Refusal refusal);
  void reserve(std::size_t capacity);
  void release_excess();

  std::size_t max_body() const;

  RequestLimits limits_;
  Stage stage_ = Stage::head;
  // The buffer: the head stays at its front until `next`, body bytes pass through behind it.
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t head_size_ = 0;
  std::size_t parsed_ = 0; ///< Bytes before it are done with.
  std::size_t end_ = 0;
  std::size_t line_begin_ = 0;

  RequestFacts facts_;
  ParsedHead head_;
  std::string body_;
  std::optional<ChunkedBody> chunks_;
  Refusal refusal_;
};

} // namespace sluice::http
