// Writes the head of an answer.
#pragma once

#include <string>
#include <string_view>

#include "sluice/message.hpp"

namespace sluice::http {

struct ResponseHead {
  int status = 200;
  std::size_t body_size = 0; ///< Content-Length; a body is JSON unless the headers say otherwise.
  std::string_view connection{}; ///< `close`, `keep-alive` or nothing.
  std::string_view more_lines{}; ///< Whole header lines, appended as they are.
};

/// Appends the head through its empty line. A header that would break the framing is left out.
void append_response_head(std::string& out, const ResponseHead& head, const Headers& headers);

} // namespace sluice::http
