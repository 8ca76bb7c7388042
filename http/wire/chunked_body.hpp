// Decodes a body sent in chunks (RFC 9112 §7.1), a piece at a time.
//
// Written here because Boost.Beast 1.81 lets a bare LF pass inside an extension and bounds
// neither extensions nor trailers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::http {

/// For requests and answers alike. Extensions and trailers are checked and dropped.
class ChunkedBody {
public:
  enum class Progress { need_more, complete, malformed, too_large };

  static constexpr std::size_t max_extension = 1024;
  static constexpr std::size_t max_trailers = 64 * 1024;

  explicit ChunkedBody(std::size_t max_body) : max_body_(max_body) {}

  /// Takes bytes off the front of `input` and appends the content to `body`. Answers
  /// `need_more` only when `input` is empty; what is left after `complete` belongs to the
  /// next message. Do not call it again after any other answer than `need_more`.
  Progress feed(std::string_view& input, std::string& body);

private:
  enum class State {
    first_digit,
    more_digits,
    extension,
    size_line_end,
    data,
    data_return,
    data_line_end,
    trailer_start,
    trailer_name,
    trailer_value,
    trailer_line_end,
    last_line_end,
    complete,
    malformed,
    too_large,
  };

  State next(char byte);
  State on_digit(char byte);
  State on_extension(char byte);
  State on_size_line_end(std::size_t body_size) const;
  State on_trailer(char byte);
  void copy_data(std::string_view& input, std::string& body);

  std::size_t max_body_;
  State state_ = State::first_digit;
  std::uint64_t remaining_ = 0; ///< Of the current chunk.
  std::size_t digits_ = 0;
  std::size_t extension_size_ = 0;
  std::size_t trailers_size_ = 0;
};

} // namespace sluice::http
