#include "http/wire/head_parser.hpp"

#include <limits>

#include <boost/beast/http/basic_parser.hpp>

namespace sluice::http {
namespace {

namespace beast = boost::beast;
using beast::http::field;

/// Keeps views instead of copying every header into a container of its own, as Beast's
/// request_parser does.
class HeadParser final : public beast::http::basic_parser<true> {
public:
  explicit HeadParser(ParsedHead& parsed) : parsed_(parsed) {
    // The head was measured before; bodies are read elsewhere.
    header_limit(std::numeric_limits<std::uint32_t>::max());
    skip(true);
  }

private:
  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int,
                       beast::error_code& error) override {
    error = {};
    parsed_.method = method;
    parsed_.target = target;
  }
  void on_field_impl(field, beast::string_view name, beast::string_view value, beast::error_code& error) override {
    error = {};
    parsed_.headers.push_back({name, value});
  }
  void on_header_impl(beast::error_code& error) override { error = {}; }
  void on_finish_impl(beast::error_code& error) override { error = {}; }

  // Of responses and bodies, which never reach this parser.
  void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
  std::size_t on_body_impl(beast::string_view, beast::error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, beast::error_code&) override { return 0; }

  ParsedHead& parsed_;
};

} // namespace

bool parse_head(std::string_view head, ParsedHead& parsed) {
  parsed.headers.clear();
  HeadParser parser(parsed);
  beast::error_code error;
  auto count = parser.put(boost::asio::const_buffer(head.data(), head.size()), error);
  return !error && count == head.size() && parser.is_header_done();
}

} // namespace sluice::http
