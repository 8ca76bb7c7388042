#include "http/transport/tls_session.hpp"

#include <array>

#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace sluice::http {

namespace {

// The largest TLS record; also keeps OpenSSL's memory buffers, which never shrink, small.
constexpr std::size_t slice = 16 * 1024;

std::string_view take_slice(std::string_view& bytes) {
  auto first = bytes.substr(0, slice);
  bytes.remove_prefix(first.size());
  return first;
}

std::string failure_text(const SSL& session) {
  if (auto verdict = SSL_get_verify_result(&session); verdict != X509_V_OK)
    return std::string("TLS: certificate verify failed (") + X509_verify_cert_error_string(verdict) + ")";
  auto* reason = ERR_reason_error_string(ERR_peek_last_error());
  return std::string("TLS: ") + (reason ? reason : "the handshake failed");
}

} // namespace

TlsSession::TlsSession(SSL_CTX& context, const std::string& host) : ssl_(SSL_new(&context)) {
  incoming_ = BIO_new(BIO_s_mem());
  outgoing_ = BIO_new(BIO_s_mem());
  if (!ssl_ || !incoming_ || !outgoing_)
    throw std::bad_alloc();
  SSL_set_bio(ssl_.get(), incoming_, outgoing_);
  SSL_set_connect_state(ssl_.get());
  demand(host);
}

void TlsSession::demand(const std::string& host) {
  // A numeric address is looked for among the certificate's addresses, and is no server name.
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), host.c_str()) == 1)
    return;
  // `example.com.` is the absolute form of a name; certificates hold it without the dot.
  auto name = host.substr(0, host.size() - (host.ends_with('.') ? 1 : 0));
  SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (SSL_set1_host(ssl_.get(), name.c_str()) != 1 || SSL_set_tlsext_host_name(ssl_.get(), name.c_str()) != 1)
    error_ = "TLS: the host cannot be the name of a certificate";
}

void TlsSession::start() { shake_hands(); }

void TlsSession::receive(std::string_view ciphertext, std::string& plaintext) {
  while (!ciphertext.empty() && error_.empty()) {
    auto bytes = take_slice(ciphertext);
    BIO_write(incoming_, bytes.data(), static_cast<int>(bytes.size()));
    if (!is_open_)
      shake_hands();
    if (is_open_)
      read(plaintext);
  }
}

void TlsSession::shake_hands() {
  if (!error_.empty())
    return;
  ERR_clear_error();
  auto result = SSL_do_handshake(ssl_.get());
  is_open_ = result == 1;
  has_failed(result);
}

void TlsSession::read(std::string& plaintext) {
  std::array<char, slice> buffer;
  for (;;) {
    ERR_clear_error();
    auto size = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (has_failed(size) || size <= 0)
      return;
    plaintext.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

void TlsSession::send(std::string_view plaintext, std::string& ciphertext) {
  while (!plaintext.empty() && error_.empty()) {
    ERR_clear_error();
    auto bytes = take_slice(plaintext);
    has_failed(SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())));
    take_output(ciphertext);
  }
}

bool TlsSession::has_failed(int result) {
  if (result > 0)
    return false;
  auto kind = SSL_get_error(ssl_.get(), result);
  if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE)
    return false;
  if (kind == SSL_ERROR_ZERO_RETURN)
    is_closed_ = true;
  else
    error_ = failure_text(*ssl_);
  return true;
}

void TlsSession::take_output(std::string& ciphertext) {
  char* bytes = nullptr;
  auto size = BIO_get_mem_data(outgoing_, &bytes);
  if (size > 0)
    ciphertext.append(bytes, static_cast<std::size_t>(size));
  BIO_reset(outgoing_);
}

bool TlsSession::is_drained() const { return SSL_has_pending(ssl_.get()) == 0 && BIO_ctrl_pending(incoming_) == 0; }

} // namespace sluice::http
