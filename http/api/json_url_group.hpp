// URL groups as JSON, both ways (spec §2.9).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sluice/result.hpp"
#include "sluice/url_group.hpp"

namespace sluice::http {

/// Reads `{"endpoints":[{"url":"https://…","name":"n"}]}`; names may be absent or null, other fields are ignored.
/// Error: `invalid_argument` names the field at fault.
Result<std::vector<Endpoint>> read_endpoints_json(std::string_view text);

/// As `read_endpoints_json`, but each endpoint may have a url, a name, or both.
Result<std::vector<EndpointSelector>> read_endpoint_selectors_json(std::string_view text);

/// Reads `{"headers":{"Upstash-Retries":"3","Upstash-Forward-A":["1","2"]}}`. Error: as above.
Result<Headers> read_defaults_json(std::string_view text);

std::string url_group_json(const UrlGroup& group);
std::string url_groups_json(const std::vector<UrlGroup>& groups);

} // namespace sluice::http
