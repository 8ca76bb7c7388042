// Takes the head of a request apart into views, by Boost.Beast.
#pragma once

#include <string_view>
#include <vector>

#include "http/wire/header_view.hpp"

namespace sluice::http {

/// Points into the head it was parsed from.
struct ParsedHead {
  std::string_view method{};
  std::string_view target{};
  std::vector<HeaderView> headers{};
};

/// False if Beast does not accept `head`: a second opinion on what check_request_head let pass.
bool parse_head(std::string_view head, ParsedHead& parsed);

} // namespace sluice::http
