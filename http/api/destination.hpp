// Finds the destination of a publish in the target of the request, or in an item of a batch (spec §2.1).
#pragma once

#include <string>
#include <string_view>

#include "http/api/target.hpp"
#include "sluice/message.hpp"
#include "sluice/result.hpp"

namespace sluice::http {

/// What a publish names: `encoded` is the path behind `/v2/publish/`. To a URL belongs the query of `target` but for the
/// parameters of this server. Kept to the byte, unless it came encoded as a whole or a proxy merged the slashes
/// of its scheme. Anything else is the name of a URL group.
///
/// Whether URL and name are valid is left to the scheduler. Error: `invalid_argument` for what can be neither.
Result<Destination> read_destination(const Target& target, std::string_view encoded);

/// The same of a text that is taken literally, query included.
Result<Destination> read_literal_destination(std::string_view text);

/// What a group that is not known means: a name with a dot was meant as a URL, whose scheme is missing.
Error unknown_destination(const Error& error, std::string_view name);

} // namespace sluice::http
