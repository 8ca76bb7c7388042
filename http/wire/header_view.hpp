// One header of a message that was read; it points into the buffer it was read from.
#pragma once

#include <string_view>

namespace sluice::http {

struct HeaderView {
  std::string_view name;
  std::string_view value; ///< Without blanks around it.
};

} // namespace sluice::http
