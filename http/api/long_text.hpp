// A text of many megabytes that is never in one place, because to copy it would take long.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sluice/message.hpp"

namespace sluice::http {

/// A text of which some is still to be written, each part in little time.
struct PendingText {
  PendingText(std::string text = {}) : begin(std::move(text)) {}

  std::string begin;
  std::vector<std::function<std::string()>> rest{};
};
/// All of it, at once.
std::string written(PendingText text);

class LongText {
public:
  LongText() = default;
  explicit LongText(std::string begin) { add(std::move(begin)); }

  /// Copies what is short, and keeps what is long.
  void add(std::string text);
  /// Shares what is long.
  void add(const LongText& text);

  std::size_t size() const;
  /// All of it, in order.
  std::vector<Body> pieces() &&;

private:
  void close();

  std::vector<Body> pieces_;
  std::string end_; ///< Not yet a piece.
};

} // namespace sluice::http
