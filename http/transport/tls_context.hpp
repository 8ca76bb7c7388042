// What all TLS connections share: whom to trust, and which versions to speak.
#pragma once

#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "sluice/result.hpp"

namespace sluice::http {

struct TlsContextDeleter {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};

/// Verifies every peer against the system's certificates (`SSL_CERT_FILE` and
/// `SSL_CERT_DIR` are honoured); TLS 1.2 or later.
using TlsContext = std::unique_ptr<SSL_CTX, TlsContextDeleter>;

/// Trusts the certificates in `ca_file` too, if it is not empty. Error: `io_error`.
Result<TlsContext> make_tls_context(const std::string& ca_file);

} // namespace sluice::http
