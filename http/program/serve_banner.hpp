// What `sluice serve` prints once it answers.
#pragma once

#include <cstdint>
#include <string>

#include "http/program/credentials.hpp"
#include "http/program/serve_options.hpp"

namespace sluice::program {

/// Where this machine reaches a server that listens on `host`.
std::string url_of(const std::string& host, std::uint16_t port);

/// Version, store and URL; the credentials, if they are new, else where they are; something to try. The last
/// line is the one that scripts wait for. A token that was given is not shown.
std::string serve_banner(const ServeArguments& arguments, const CredentialFile& credentials, const std::string& url);

} // namespace sluice::program
