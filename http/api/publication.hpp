// Publishes that wait for something before they can be read: items of a batch, and what goes to a URL group, whose
// defaults must be asked for. Each holds all that it needs after the request is gone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "http/api/json_batch.hpp"
#include "sluice/message.hpp"
#include "sluice/url_group.hpp"

namespace sluice::http {

struct Publication {
  Destination destination;
  Headers headers;
  std::string query; ///< With parameters of this server; empty for an item of a batch.
  Body body;
  std::optional<QueueName> queue; ///< Beats what the headers say.
  std::string caller_ip;

  bool is_to_url_group() const { return std::holds_alternative<UrlGroupDestination>(destination); }
};

/// Errors: as of `read_publish_headers`, and `not_found` if the destination is none of `groups`.
Result<PublishRequest> read_publication(Publication publication, const std::vector<UrlGroup>& groups);

/// Errors: `invalid_argument` for a destination, a queue or a header that cannot be.
Result<Publication> read_batch_item(BatchItem item, std::string_view caller_ip);

} // namespace sluice::http
