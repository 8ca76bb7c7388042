// Batches as JSON, both ways (spec §2.5).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/message.hpp"
#include "sluice/result.hpp"

namespace sluice::http {

struct BatchItem {
  std::string destination;
  Headers headers;
  std::string body;
  std::string queue; ///< Empty for none.
};

/// Reads `[{"destination":"…","headers":{…},"body":"…","queue":"q"}]`; all but the destination may be absent or null, other
/// fields are ignored. Error: `invalid_argument` names item and field at fault; then there is no batch.
Result<std::vector<BatchItem>> read_batch_json(std::string text);

/// The messages of a publish to a URL group.
std::string published_json(const std::vector<Published>& messages);

/// One element for each publish: an object, a list if it went to a URL group, or an object with the error.
struct BatchElement {
  BatchAnswer answer;
  std::string url_group{}; ///< Empty if it went to a URL.
};
std::string batch_json(const std::vector<BatchElement>& elements);

} // namespace sluice::http
