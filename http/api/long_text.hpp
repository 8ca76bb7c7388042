// A text of many megabytes that is never in one place, because to copy it would take long.
#pragma once

#include <string>
#include <vector>

#include "sluice/message.hpp"

namespace sluice::http {

class LongText {
public:
  LongText() = default;
  explicit LongText(std::string begin) { add(std::move(begin)); }

  /// Copies what is short, and keeps what is long.
  void add(std::string text);
  /// Shares what is long.
  void add(const LongText& text);

  /// All of it, in order.
  std::vector<Body> pieces() &&;

private:
  void close();

  std::vector<Body> pieces_;
  std::string end_; ///< Not yet a piece.
};

} // namespace sluice::http
