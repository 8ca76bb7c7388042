// The selectors of a bulk call that came as a JSON body (spec §2.6, §2.10).
#pragma once

#include <string_view>
#include <vector>

#include "http/api/parameters.hpp"

namespace sluice::http {

/// Reads an object of texts, integers and lists of these; each value becomes one pair, as if it had
/// come as a parameter. An empty text has none.
///
/// An empty list selects nothing: of `dlqIds` it gives one empty id, which no entry has, and of others
/// it is refused. Only an empty `messageIds` is as good as none, as clients know it (spec §2.6).
/// Error: `invalid_argument` names the field at fault.
Result<std::vector<NamedValue>> read_selectors_json(std::string_view text);

} // namespace sluice::http
