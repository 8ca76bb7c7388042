#include "http/transport/request_text.hpp"

#include <charconv>

#include "actors/core/outgoing_check.hpp"

namespace sluice::http {

namespace {

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

// RFC 9110 §8.6: a method that gives content a meaning announces even an empty one.
bool needs_length(const OutgoingRequest& request) {
  return !request.body.empty() || (request.method != Method::get && request.method != Method::del);
}

} // namespace

void write_request_head(std::string& out, const OutgoingRequest& request, const core::Url& url) {
  out = to_string(request.method);
  out += ' ';
  out += url.target;
  out += " HTTP/1.1\r\n";
  append_field(out, "Host", url.authority);
  for (const auto& header : request.headers) {
    if (!core::belongs_to_transport(header.name))
      append_field(out, header.name, header.value);
  }
  if (needs_length(request)) {
    char digits[24];
    auto end = std::to_chars(digits, digits + sizeof digits, request.body.size()).ptr;
    append_field(out, "Content-Length", std::string_view(digits, static_cast<std::size_t>(end - digits)));
  }
  out += "\r\n";
}

} // namespace sluice::http
