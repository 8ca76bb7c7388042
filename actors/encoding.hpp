// Text forms of what is not text: bodies as base64, header names in their usual case.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// True for well-formed UTF-8: no overlong form, no surrogate, nothing above U+10FFFF.
bool is_utf8(std::string_view bytes);

/// The standard alphabet, padded, in one line.
std::string base64(std::string_view bytes);

/// `content-type` as `Content-Type`: a capital at the start and after each hyphen, all
/// else small. A name that is no token stays as it is.
std::string canonical_name(std::string_view name);

} // namespace sluice
