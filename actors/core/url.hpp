// Splits the URL of a destination (RFC 3986, http and https only). Nothing is normalised:
// what goes on the wire is what was written. Anything doubtful is refused, so that no two
// readers of one URL can disagree about where it leads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sluice/result.hpp"

namespace sluice::core {

inline constexpr std::size_t max_url_size = 8 * 1024;
inline constexpr std::size_t max_host_size = 255;

enum class Scheme { http, https };

/// The parts of a URL as they are written there.
struct UrlParts {
  Scheme scheme = Scheme::http;
  std::string_view host; ///< An IPv6 address in brackets.
  std::uint16_t port = 0; ///< As written, or the scheme's own.
  std::string_view authority; ///< Host and port.
  std::string_view target; ///< Path and query; may be empty, or begin with `?`.
};

struct Url {
  Scheme scheme = Scheme::http;
  std::string host; ///< For look-up: lower case, IPv6 without brackets.
  std::uint16_t port = 0; ///< As written, or the scheme's own.
  std::string authority; ///< For the Host header: host and port as written.
  std::string target; ///< Path and query as written; begins with `/`.
};

/// Refused with `invalid_argument`: other schemes, user information, hosts that are neither
/// a name of letters, digits and `-._` nor an IPv6 address in brackets, ports outside
/// 1 … 65535, control bytes, blanks, non-ASCII bytes, `#` and backslashes.
Result<UrlParts> split_url(std::string_view text);
/// As `split_url`.
Result<Url> parse_url(std::string_view text);

} // namespace sluice::core
