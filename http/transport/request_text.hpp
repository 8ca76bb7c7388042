// The head of an outgoing request as bytes.
#pragma once

#include <string>

#include "actors/core/url.hpp"
#include "sluice/transport.hpp"

namespace sluice::http {

/// Replaces `out` by the head of `request`, which goes to `url`. Headers that belong to the
/// transport are left out; the rest must have passed `check_outgoing`.
void write_request_head(std::string& out, const OutgoingRequest& request, const core::Url& url);

} // namespace sluice::http
