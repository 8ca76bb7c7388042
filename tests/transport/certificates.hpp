// Makes certificates for a test: an authority of its own, and what it signs.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>
#include <openssl/x509.h>

namespace sluice::test {

struct KeyDeleter {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
struct CertificateDeleter {
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};

/// A key and a certificate for it.
struct Identity {
  std::unique_ptr<EVP_PKEY, KeyDeleter> key;
  std::unique_ptr<X509, CertificateDeleter> certificate;
};

/// `names` as OpenSSL writes alternative names: `DNS:localhost,IP:127.0.0.1`. Signed by
/// `issuer`, or by itself. Valid from two days ago for `days`.
Identity make_identity(const std::string& names, const Identity* issuer, int days = 365);
/// An authority that signs others.
Identity make_authority();

/// A file that holds the certificate, removed at the end.
class CertificateFile {
public:
  explicit CertificateFile(const Identity& identity);
  ~CertificateFile();
  CertificateFile(const CertificateFile&) = delete;
  CertificateFile& operator=(const CertificateFile&) = delete;
  const std::string& path() const { return path_; }

private:
  std::string path_;
};

/// What a server needs to be `identity`.
std::unique_ptr<boost::asio::ssl::context> make_server_context(const Identity& identity);

} // namespace sluice::test
