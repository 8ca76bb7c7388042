// Publishes that wait for something before they can be read: items of a batch, schedules, and what goes to a URL group,
// whose defaults must be asked for. Each holds all that it needs after the request is gone.
#pragma once

#include <optional>
#include <string>

#include "http/api/api.hpp"
#include "http/api/json_batch.hpp"
#include "sluice/message.hpp"
#include "sluice/schedule.hpp"
#include "sluice/url_group.hpp"

namespace sluice::http {

struct Publication {
  Destination destination;
  Headers headers;
  std::string query; ///< With parameters of this server; empty for an item of a batch.
  Body body;
  std::optional<QueueName> queue; ///< Beats what the headers say.
  std::string caller_ip;
  int hops = 0; ///< Of the call that brought it.

  /// The URL group that it goes to; null if it goes to a URL.
  const UrlGroupName* url_group() const {
    const auto* group = std::get_if<UrlGroupDestination>(&destination);
    return group ? &group->name : nullptr;
  }
};

/// What `request` asks for but for a queue; its body is taken.
Publication make_publication(Destination destination, ApiRequest& request, std::string_view query);

/// `defaults` are those of the URL groups that are known. Errors: as of `read_publish_headers`.
Result<PublishRequest> read_publication(Publication publication, const UrlGroupDefaults& defaults);

/// The same for a schedule: the defaults of its group that it keeps are those of now.
Result<ScheduleSpec> read_scheduled(Publication publication, const UrlGroupDefaults& defaults);

/// Errors: `invalid_argument` for a destination, a queue or a header that cannot be.
Result<Publication> read_batch_item(BatchItem item, std::string_view caller_ip, int hops);

} // namespace sluice::http
