// The names in the durable store's table of settings.
#pragma once

#include <string_view>

namespace sluice {

inline constexpr std::string_view signing_keys_setting = "signing_keys";

} // namespace sluice
