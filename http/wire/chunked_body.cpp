#include "http/wire/chunked_body.hpp"

#include <algorithm>

#include "actors/core/characters.hpp"

namespace sluice::http {
namespace {

/// -1 if `c` is no hexadecimal digit.
int digit_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  auto lower = core::to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_token_byte(char c) { return core::is_token({&c, 1}); }
bool is_value_byte(char c) { return core::is_field_value({&c, 1}); }

} // namespace

ChunkedBody::Progress ChunkedBody::feed(std::string_view& input, std::string& body) {
  while (!input.empty()) {
    if (state_ == State::data) {
      copy_data(input, body);
      continue;
    }
    auto byte = input.front();
    input.remove_prefix(1);
    bool ends_size_line = state_ == State::size_line_end && byte == '\n';
    state_ = ends_size_line ? on_size_line_end(body.size()) : next(byte);
    if (state_ == State::complete)
      return Progress::complete;
    if (state_ == State::malformed || state_ == State::too_large)
      return state_ == State::malformed ? Progress::malformed : Progress::too_large;
  }
  return Progress::need_more;
}

void ChunkedBody::copy_data(std::string_view& input, std::string& body) {
  auto count = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size()));
  body.append(input.substr(0, count));
  input.remove_prefix(count);
  remaining_ -= count;
  if (remaining_ == 0)
    state_ = State::data_return;
}

ChunkedBody::State ChunkedBody::next(char byte) {
  switch (state_) {
  case State::first_digit:
    remaining_ = digits_ = extension_size_ = 0;
    return digit_value(byte) < 0 ? State::malformed : on_digit(byte);
  case State::more_digits:
    return on_digit(byte);
  case State::extension:
    return on_extension(byte);
  case State::data_return:
    return byte == '\r' ? State::data_line_end : State::malformed;
  case State::data_line_end:
    return byte == '\n' ? State::first_digit : State::malformed;
  case State::trailer_line_end:
    return byte == '\n' ? State::trailer_start : State::malformed;
  case State::last_line_end:
    return byte == '\n' ? State::complete : State::malformed;
  case State::trailer_start:
  case State::trailer_name:
  case State::trailer_value:
    return on_trailer(byte);
  default:
    return State::malformed;
  }
}

ChunkedBody::State ChunkedBody::on_digit(char byte) {
  auto value = digit_value(byte);
  if (value < 0)
    return byte == ';' ? State::extension : byte == '\r' ? State::size_line_end : State::malformed;
  if (++digits_ > 16) // as many as 64 bits hold
    return State::malformed;
  remaining_ = remaining_ * 16 + static_cast<std::uint64_t>(value);
  return State::more_digits;
}

ChunkedBody::State ChunkedBody::on_extension(char byte) {
  if (byte == '\r')
    return State::size_line_end;
  return is_value_byte(byte) && ++extension_size_ <= max_extension ? State::extension : State::malformed;
}

ChunkedBody::State ChunkedBody::on_size_line_end(std::size_t body_size) const {
  if (remaining_ == 0)
    return State::trailer_start;
  return remaining_ > max_body_ - body_size ? State::too_large : State::data;
}

ChunkedBody::State ChunkedBody::on_trailer(char byte) {
  if (++trailers_size_ > max_trailers)
    return State::malformed;
  if (state_ == State::trailer_value && byte == '\r')
    return State::trailer_line_end;
  if (state_ == State::trailer_value)
    return is_value_byte(byte) ? State::trailer_value : State::malformed;
  if (state_ == State::trailer_start && byte == '\r')
    return State::last_line_end;
  if (state_ == State::trailer_name && byte == ':')
    return State::trailer_value;
  return is_token_byte(byte) ? State::trailer_name : State::malformed;
}

} // namespace sluice::http
