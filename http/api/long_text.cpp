#include "http/api/long_text.hpp"

#include <utility>

namespace sluice::http {

namespace {

constexpr std::size_t piece_bytes = 64 * 1024; // As much as a socket takes at a time.

} // namespace

std::string written(PendingText text) {
  for (const auto& write : text.rest)
    text.begin += write();
  return std::move(text.begin);
}

void LongText::add(std::string text) {
  if (text.size() >= piece_bytes) {
    close();
    pieces_.emplace_back(std::move(text));
    return;
  }
  end_ += text;
  if (end_.size() >= piece_bytes)
    close();
}

void LongText::add(const LongText& text) {
  if (!text.pieces_.empty())
    close();
  pieces_.insert(pieces_.end(), text.pieces_.begin(), text.pieces_.end());
  add(text.end_);
}

std::size_t LongText::size() const {
  auto size = end_.size();
  for (const auto& piece : pieces_)
    size += piece.size();
  return size;
}

std::vector<Body> LongText::pieces() && {
  close();
  return std::move(pieces_);
}

void LongText::close() {
  if (!end_.empty())
    pieces_.emplace_back(std::exchange(end_, {}));
}

} // namespace sluice::http
