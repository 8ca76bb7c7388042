// The query and headers of a publish, and what of them is forwarded: what leaves is one request with just these headers.
#include <vector>

#include "actors/core/characters.hpp"
#include "actors/core/outgoing_check.hpp"
#include "actors/core/url.hpp"
#include "http/api/publish_headers.hpp"
#include "http/transport/request_text.hpp"
#include "http/wire/head_parser.hpp"
#include "http/wire/request_head.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace sluice;
using namespace sluice::http;
using namespace sluice::test;

namespace {

// As the reader of requests would give them: it lets no other name or value pass.
std::vector<HeaderView> read_headers(std::string_view text) {
  std::vector<HeaderView> headers;
  while (!text.empty()) {
    auto line = take_line(text);
    auto colon = std::min(line.find(':'), line.size());
    HeaderView header{line.substr(0, colon), core::trim_blanks(line.substr(std::min(colon + 1, line.size())))};
    if (core::is_token(header.name) && core::is_field_value(header.value))
      headers.push_back(header);
  }
  return headers;
}

// More lines are read from nobody, and a request has some of its own.
constexpr std::size_t most_headers = 250;

bool is_sent(const Header& header) { return !core::belongs_to_transport(header.name); }

void check_outgoing_text(const PublishRequest& request) {
  OutgoingRequest outgoing{request.method, "http://h/t", request.headers, {}, std::chrono::seconds{1}};
  std::string head;
  write_request_head(head, outgoing, core::parse_url(outgoing.url).value());
  require(std::holds_alternative<RequestFacts>(check_request_head(head)), "what leaves is one strict head");
  ParsedHead parsed;
  require(parse_head(head, parsed), "what leaves is read by others");
  require(parsed.target == "/t", "the target is the destination's");
  auto at = parsed.headers.begin() + 1; // Behind Host.
  for (const auto& header : request.headers)
    if (is_sent(header)) {
      require(at != parsed.headers.end() && at->name == header.name && at->value == core::trim_blanks(header.value),
              "each header is sent once, in order");
      ++at;
    }
  require(at == parsed.headers.end() || (at->name == "Content-Length" && at + 1 == parsed.headers.end()),
          "nothing else is sent");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = as_text(data, size);
  auto query = take_line(text);
  auto headers = read_headers(text);
  auto request = read_publish_headers(headers, query);
  if (!request) {
    require(!request.error().message.empty(), "a refusal has a reason");
    return 0;
  }
  for (const auto& header : request->headers)
    require(!core::is_reserved_outgoing(header.name), "nobody speaks in the server's name");
  if (core::check_outgoing(request->headers) && request->headers.size() <= most_headers)
    check_outgoing_text(*request);
  return 0;
}
