// The client's side of TLS on one connection, from bytes to bytes: the connection carries
// the ciphertext, so that TLS has no reads, writes or waits of its own.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/transport/tls_context.hpp"

namespace sluice::http {

class TlsSession {
public:
  /// Demands a certificate for `host`, a name or a numeric address.
  TlsSession(SSL_CTX& context, const std::string& host);

  /// Begins the handshake; its first bytes are in `take_output`.
  void start();

  /// Takes bytes of the peer and appends what they say to `plaintext`. May have output.
  void receive(std::string_view ciphertext, std::string& plaintext);

  /// Encrypts and appends the result to `ciphertext`. Precondition: `is_open`.
  void send(std::string_view plaintext, std::string& ciphertext);

  /// Appends what must be sent to the peer.
  void take_output(std::string& ciphertext);

  bool is_open() const noexcept { return is_open_; }
  /// The peer said that nothing follows; without it an end of the stream is a cut.
  bool is_closed() const noexcept { return is_closed_; }
  /// Empty while all is well.
  const std::string& error() const noexcept { return error_; }
  /// Nothing of the peer is left unread.
  bool is_drained() const;

private:
  struct Deleter {
    void operator()(SSL* session) const noexcept { SSL_free(session); }
  };

  void demand(const std::string& host);
  void shake_hands();
  void read(std::string& plaintext);
  /// True if `result` is a failure, which is kept.
  bool has_failed(int result);

  std::unique_ptr<SSL, Deleter> ssl_;
  BIO* incoming_ = nullptr; // Both are owned by `ssl_`.
  BIO* outgoing_ = nullptr;
  std::string error_;
  bool is_open_ = false;
  bool is_closed_ = false;
};

} // namespace sluice::http
