#include "http/transport/tls_context.hpp"

#include <openssl/err.h>

namespace sluice::http {

Result<TlsContext> make_tls_context(const std::string& ca_file) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(TLS_client_method()));
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1)
    return Error{ErrorCode::io_error, "TLS could not be set up"};
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  // A write never waits for a read this way.
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
  // An idle connection keeps no record buffers.
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_default_verify_paths(context.get());
  if (!ca_file.empty() && SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr) != 1)
    return Error{ErrorCode::io_error, "the certificates in " + ca_file + " cannot be read"};
  return context;
}

} // namespace sluice::http
