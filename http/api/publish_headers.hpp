// Interprets the headers and query parameters of a publish (spec §3).
#pragma once

#include <span>
#include <string_view>

#include "http/api/settings.hpp"
#include "http/wire/header_view.hpp"
#include "sluice/message.hpp"
#include "sluice/result.hpp"

namespace sluice::http {

/// A request to publish, complete but for destination, body and caller. `defaults` are those of
/// its URL group.
///
/// Error: `invalid_argument` names the header at fault. What the scheduler itself checks (how many
/// retries, how long a delay, which keys) is left to it.
Result<PublishRequest> read_publish_headers(std::span<const HeaderView> headers, std::string_view query,
                                            std::span<const HeaderView> defaults = {});

/// The same of settings that were taken from `headers` and elsewhere, but for what concerns schedules alone.
Result<PublishRequest> read_publish_settings(Settings& settings, std::span<const HeaderView> headers);

/// How many deliveries led to a request: told by sluice's own header on a delivery, which no setting can change; 0 without
/// it. Error: `invalid_argument` for what is no integer.
Result<int> read_hops(std::span<const HeaderView> headers);

} // namespace sluice::http
