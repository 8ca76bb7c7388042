// Interprets what a publish says about a callback (spec §6.1).
#pragma once

#include <memory>
#include <string_view>

#include "http/api/settings.hpp"
#include "sluice/message.hpp"

namespace sluice::http {

/// Null if `settings`, which may be null, name no URL: then the rest of them configures nothing. `name` is that of the
/// header with the URL. Error: `invalid_argument` names the header at fault. What the scheduler itself checks is left to it.
Result<std::shared_ptr<const Callback>> read_callback(Settings* settings, std::string_view name);

} // namespace sluice::http
