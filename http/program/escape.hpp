// Text from anywhere inside quotes, harmless for whoever reads it.
#pragma once

#include <string>
#include <string_view>

namespace sluice::program {

/// `text` as a JSON string, quotes included. Control characters, among them those above
/// ASCII that terminals obey, and characters that change lines or the direction of writing
/// are escaped. In a text that is no UTF-8 every byte above ASCII becomes U+FFFD.
std::string json_string(std::string_view text);

/// `text` as one word of a POSIX shell.
std::string shell_word(std::string_view text);

} // namespace sluice::program
