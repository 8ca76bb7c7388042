// Beast's parser without its containers: fields and body go straight into an Outcome.
// Refuses the framing that Beast lets through. Chunks are not for it: see ChunkedBody.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

#include <boost/beast/http/basic_parser.hpp>

#include "sluice/transport.hpp"

namespace sluice::http {

class ResponseParser final : public boost::beast::http::basic_parser<false> {
public:
  /// `outcome` takes the answer and must outlive the parser; at most `max_body` bytes of
  /// the body are kept.
  ResponseParser(Outcome& outcome, std::size_t max_body);

  /// The body went on after `max_body` bytes.
  bool is_cut() const noexcept { return is_cut_; }
  /// What the answer did that Beast has no error for; empty if nothing.
  std::string_view problem() const noexcept { return problem_; }
  /// The `timeout` of the `Keep-Alive` field.
  std::optional<std::chrono::seconds> keep_alive_timeout() const noexcept { return keep_alive_timeout_; }

private:
  using error_code = boost::beast::error_code;
  using string_view = boost::beast::string_view;
  using field = boost::beast::http::field;

  void on_request_impl(boost::beast::http::verb, string_view, string_view, int, error_code&) override {}
  void on_response_impl(int status, string_view reason, int version, error_code& problem) override;
  void on_field_impl(field name, string_view text, string_view value, error_code& problem) override;
  void on_header_impl(error_code& problem) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& size, error_code&) override;
  std::size_t on_body_impl(string_view bytes, error_code&) override { return keep(bytes); }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  std::size_t keep(string_view bytes);
  void refuse(std::string_view problem, error_code& code);
  void check_framing(field name, std::string_view value, error_code& problem);

  Outcome& outcome_;
  std::size_t max_body_;
  std::string_view problem_;
  std::optional<std::chrono::seconds> keep_alive_timeout_;
  int version_ = 11;
  bool has_length_ = false;
  bool has_encoding_ = false;
  bool is_cut_ = false;
};

} // namespace sluice::http
