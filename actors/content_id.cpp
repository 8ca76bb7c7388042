#include "actors/content_id.hpp"

#include <algorithm>
#include <array>

#include <openssl/sha.h>

namespace sluice {

namespace {

// Every part with its length before it, so that no two lists of parts read the same.
class Digest {
public:
  void add(std::string_view part) {
    auto length = std::to_string(part.size()) + ':';
    text_.append(length).append(part);
  }
  std::string finish() const {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(text_.data()), text_.size(), digest.data());
    return {digest.begin(), digest.end()};
  }

private:
  std::string text_;
};

Headers sorted(Headers headers) {
  for (auto& header : headers)
    std::transform(header.name.begin(), header.name.end(), header.name.begin(),
                   [](unsigned char byte) { return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte; });
  std::stable_sort(headers.begin(), headers.end(), [](const Header& a, const Header& b) { return a.name < b.name; });
  return headers;
}

std::string content_key(const PublishRequest& request) {
  Digest digest;
  const auto& destination = std::get<UrlDestination>(request.destination);
  digest.add(destination.url_group);
  digest.add(destination.url);
  digest.add(request.body.view());
  for (const auto& header : sorted(request.headers)) {
    digest.add(header.name);
    digest.add(header.value);
  }
  return "c:" + digest.finish();
}

} // namespace

std::string deduplication_key(const PublishRequest& request) {
  if (!request.deduplication)
    return {};
  const auto* id = std::get_if<DeduplicationId>(&*request.deduplication);
  const auto& destination = std::get<UrlDestination>(request.destination);
  // Each endpoint of a group remembers its own message; an id has no colon.
  if (id)
    return "i:" + id->text + (destination.url_group.empty() ? "" : ':' + destination.url);
  return content_key(request);
}

} // namespace sluice
