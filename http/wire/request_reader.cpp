#include "http/wire/request_reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "actors/core/characters.hpp"

namespace sluice::http {
namespace {

// What an idle connection keeps; most requests fit.
constexpr std::size_t small_buffer = 4096;
// Of a large body, what one read may bring.
constexpr std::size_t body_window = 16 * 1024;
constexpr std::size_t few_headers = 64;

} // namespace

RequestReader::RequestReader(RequestLimits limits) : limits_(std::move(limits)) { reserve(small_buffer); }

std::span<char> RequestReader::space() {
  if (stage_ == Stage::refused)
    end_ = 0; // only to be thrown away
  if (end_ == capacity_)
    reserve(capacity_ * 2);
  return {buffer_.get() + end_, capacity_ - end_};
}

ReadProgress RequestReader::commit(std::size_t count) {
  end_ += count;
  switch (stage_) {
  case Stage::head:
    return read_head();
  case Stage::fixed_body:
  case Stage::chunked_body:
    return read_body();
  case Stage::complete:
    return ReadProgress::complete;
  case Stage::refused:
    break;
  }
  return ReadProgress::refused;
}

ReadProgress RequestReader::next() {
  std::memmove(buffer_.get(), buffer_.get() + parsed_, end_ - parsed_);
  end_ -= parsed_;
  parsed_ = head_size_ = line_begin_ = 0;
  stage_ = Stage::head;
  release_excess();
  return read_head();
}

ReadProgress RequestReader::read_head() {
  auto* data = buffer_.get();
  // Byte order decides what is wrong first, never how the bytes were split.
  if (end_ > 0 && !core::is_token({data, 1}))
    return refuse({400, "malformed request line"});
  auto limit = std::min(end_, limits_.max_head);
  while (auto* found = static_cast<char*>(std::memchr(data + parsed_, '\n', limit - parsed_))) {
    auto progress = on_head_line(static_cast<std::size_t>(found - data));
    if (stage_ != Stage::head || progress != ReadProgress::need_more)
      return progress;
  }
  parsed_ = limit;
  if (limit < limits_.max_head)
    return ReadProgress::need_more;
  return refuse(line_begin_ == 0 ? Refusal{414, "request target too long"} : Refusal{431, "header section too large"});
}

ReadProgress RequestReader::on_head_line(std::size_t line_end) {
  auto line_begin = std::exchange(line_begin_, line_end + 1);
  parsed_ = line_begin_;
  if (buffer_[line_end - 1] != '\r')
    return refuse({400, "malformed line end"});
  if (line_end - 1 == line_begin)
    return on_head_end(line_end + 1);
  if (line_begin > 0)
    return ReadProgress::need_more;
  auto refusal = check_request_line({buffer_.get(), line_end - 1});
  return refusal ? refuse(*refusal) : ReadProgress::need_more;
}

ReadProgress RequestReader::on_head_end(std::size_t size) {
  auto checked = check_request_head({buffer_.get(), size});
  if (auto* refusal = std::get_if<Refusal>(&checked))
    return refuse(*refusal);
  facts_ = std::get<RequestFacts>(checked);
  head_size_ = size;
  // The views must survive the body, so the buffer grows now or not at all.
  if (auto window =
          facts_.chunked ? body_window : std::min<std::size_t>(facts_.content_length.value_or(0), body_window))
    reserve(head_size_ + window);
  if (!parse_head({buffer_.get(), head_size_}, head_))
    return refuse({400, "malformed request"});
  if (facts_.content_length.value_or(0) > max_body())
    return refuse({413, "body too large"});
  return start_body();
}

std::size_t RequestReader::max_body() const {
  auto path = head_.target.substr(0, head_.target.find('?'));
  if (path.ends_with('/'))
    path.remove_suffix(1);
  bool is_large = !limits_.large_path.empty() && core::equals_ignoring_case(path, limits_.large_path);
  return is_large ? limits_.max_large_body : limits_.max_body;
}

ReadProgress RequestReader::start_body() {
  body_.clear();
  if (facts_.chunked)
    chunks_.emplace(max_body());
  else if (facts_.content_length.value_or(0) > 0)
    body_.reserve(*facts_.content_length);
  else
    return complete();
  stage_ = facts_.chunked ? Stage::chunked_body : Stage::fixed_body;
  // A body that follows its head at once waits for no permission.
  if (facts_.expect_continue && parsed_ == end_)
    return ReadProgress::want_continue;
  return read_body();
}

ReadProgress RequestReader::read_body() {
  std::string_view input{buffer_.get() + parsed_, end_ - parsed_};
  auto progress = stage_ == Stage::fixed_body ? read_fixed_body(input) : read_chunked_body(input);
  if (progress == ReadProgress::need_more)
    parsed_ = end_ = head_size_;
  return progress;
}

ReadProgress RequestReader::read_fixed_body(std::string_view input) {
  auto missing = static_cast<std::size_t>(*facts_.content_length) - body_.size();
  auto count = std::min(missing, input.size());
  body_.append(input.substr(0, count));
  parsed_ += count;
  return count == missing ? complete() : ReadProgress::need_more;
}

ReadProgress RequestReader::read_chunked_body(std::string_view input) {
  auto progress = chunks_->feed(input, body_);
  parsed_ = end_ - input.size();
  switch (progress) {
  case ChunkedBody::Progress::need_more:
    return ReadProgress::need_more;
  case ChunkedBody::Progress::complete:
    return complete();
  case ChunkedBody::Progress::too_large:
    return refuse({413, "body too large"});
  case ChunkedBody::Progress::malformed:
    break;
  }
  return refuse({400, "malformed chunk"});
}

ReadProgress RequestReader::complete() {
  stage_ = Stage::complete;
  return ReadProgress::complete;
}

ReadProgress RequestReader::refuse(Refusal refusal) {
  stage_ = Stage::refused;
  refusal_ = refusal;
  return ReadProgress::refused;
}

void RequestReader::reserve(std::size_t capacity) {
  if (capacity <= capacity_)
    return;
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  if (end_ > 0)
    std::memcpy(larger.get(), buffer_.get(), end_);
  buffer_ = std::move(larger);
  capacity_ = capacity;
}

// One large request must not make its connection large for ever.
void RequestReader::release_excess() {
  body_ = {};
  if (head_.headers.capacity() > few_headers)
    head_.headers = {};
  if (capacity_ > small_buffer && end_ < small_buffer) {
    capacity_ = 0;
    auto old = std::move(buffer_);
    buffer_ = std::make_unique_for_overwrite<char[]>(small_buffer);
    std::memcpy(buffer_.get(), old.get(), end_);
    capacity_ = small_buffer;
  }
}

} // namespace sluice::http
