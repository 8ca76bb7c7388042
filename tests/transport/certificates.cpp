#include "tests/transport/certificates.hpp"

#include <filesystem>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

namespace sluice::test {

namespace {

constexpr long day = 24 * 60 * 60;
int last_serial = 0;

void must(bool is_good) {
  if (!is_good)
    throw std::runtime_error("OpenSSL could not make a certificate");
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  must(extension && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

Identity make(const std::string& common_name, int kind, const std::string& value, const Identity* issuer, int days) {
  Identity made{decltype(Identity::key)(EVP_EC_gen("P-256")), decltype(Identity::certificate)(X509_new())};
  auto* certificate = made.certificate.get();
  auto* name = X509_get_subject_name(certificate);
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++last_serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -2 * day);
  X509_gmtime_adj(X509_getm_notAfter(certificate), (days - 2) * day);
  X509_set_pubkey(certificate, made.key.get());
  must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(common_name.c_str()),
                                  -1, -1, 0) == 1);
  X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer->certificate.get()) : name);
  add_extension(certificate, kind, value);
  must(X509_sign(certificate, issuer ? issuer->key.get() : made.key.get(), EVP_sha256()) > 0);
  return made;
}

} // namespace

Identity make_identity(const std::string& names, const Identity* issuer, int days) {
  return make("server", NID_subject_alt_name, names, issuer, days);
}

Identity make_authority() { return make("authority", NID_basic_constraints, "critical,CA:TRUE", nullptr, 365); }

CertificateFile::CertificateFile(const Identity& identity)
    : path_((std::filesystem::temp_directory_path() / "sluice_ca_XXXXXX").string()) {
  auto descriptor = mkstemp(path_.data());
  auto* file = descriptor < 0 ? nullptr : fdopen(descriptor, "w");
  must(file && PEM_write_X509(file, identity.certificate.get()) == 1);
  fclose(file);
}

CertificateFile::~CertificateFile() { unlink(path_.c_str()); }

std::unique_ptr<boost::asio::ssl::context> make_server_context(const Identity& identity) {
  auto context = std::make_unique<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server);
  must(SSL_CTX_use_certificate(context->native_handle(), identity.certificate.get()) == 1);
  must(SSL_CTX_use_PrivateKey(context->native_handle(), identity.key.get()) == 1);
  return context;
}

} // namespace sluice::test
