#include "actors/redaction.hpp"

#include <algorithm>
#include <array>

#include <openssl/sha.h>

#include "actors/core/characters.hpp"

namespace sluice {

namespace {

std::string placeholder(std::string_view value) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(value.data()), value.size(), digest.data());
  std::string text = "REDACTED:";
  for (auto byte : digest)
    (text += digits[byte >> 4]) += digits[byte & 15];
  return text;
}

bool concerns(const Redaction& redaction, const Header& header) {
  return redaction.all_headers ||
         std::any_of(redaction.headers.begin(), redaction.headers.end(),
                     [&](const auto& name) { return core::equals_ignoring_case(name, header.name); });
}

void redact(Headers& headers, const Redaction& redaction) {
  for (auto& header : headers)
    if (concerns(redaction, header) && !header.value.empty())
      header.value = placeholder(header.value);
}

void redact(std::shared_ptr<const Callback>& callback, const Redaction& redaction) {
  if (!callback || callback->headers.empty())
    return;
  auto copy = std::make_shared<Callback>(*callback);
  redact(copy->headers, redaction);
  callback = std::move(copy);
}

void redact(PublishRequest& request) {
  const auto& redaction = request.redaction;
  if (redaction.body && !request.body.empty())
    request.body = Body(placeholder(request.body.view()));
  redact(request.headers, redaction);
  redact(request.callback, redaction);
  redact(request.failure_callback, redaction);
}

// Of a message, or of what else has a request.
template <class T>
std::shared_ptr<const T> redacted_copy(std::shared_ptr<const T> original) {
  if (original->request.redaction.is_empty())
    return original;
  auto copy = std::make_shared<T>(*original);
  redact(copy->request);
  return copy;
}

} // namespace

std::shared_ptr<const Message> redacted(std::shared_ptr<const Message> message) {
  return redacted_copy(std::move(message));
}

std::shared_ptr<const ScheduleSpec> redacted(std::shared_ptr<const ScheduleSpec> schedule) {
  return redacted_copy(std::move(schedule));
}

} // namespace sluice
