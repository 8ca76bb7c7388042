#include "actors/outgoing_request.hpp"

#include "actors/core/outgoing_check.hpp"

namespace sluice {

OutgoingRequest make_outgoing_request(const Message& message, int attempt, Duration timeout, const Signer& signer,
                                      WallTime now) {
  const auto& request = message.request;
  OutgoingRequest outgoing;
  outgoing.method = request.method;
  outgoing.url = message.destination().url;
  outgoing.timeout = timeout;
  outgoing.body = request.body;
  auto& headers = outgoing.headers;
  headers.reserve(request.headers.size() + 7);
  headers.insert(headers.end(), request.headers.begin(), request.headers.end());
  headers.push_back({"User-Agent", "Upstash-QStash"});
  headers.push_back({"Upstash-Message-Id", message.id.text()});
  headers.push_back({"Upstash-Retried", std::to_string(attempt - 1)});
  headers.push_back({std::string(core::hops_header), std::to_string(request.hops + 1)});
  if (request.schedule)
    headers.push_back({"Upstash-Schedule-Id", request.schedule->text});
  if (!request.caller_ip.empty())
    headers.push_back({"Upstash-Caller-Ip", request.caller_ip});
  if (const auto& group = message.destination().url_group; !group.empty())
    headers.push_back({"Upstash-Topic-Name", group});
  headers.push_back({"Upstash-Signature", signer.sign(outgoing.url, outgoing.body.view(), now)});
  return outgoing;
}

} // namespace sluice
