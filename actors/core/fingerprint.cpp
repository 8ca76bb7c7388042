#include "actors/core/fingerprint.hpp"

#include <algorithm>

#include "actors/core/characters.hpp"
#include "actors/core/message_fields.hpp"
#include "actors/core/rate_limit_hash.hpp"

namespace sluice::core {

namespace {

constexpr int bits_of_a_text = 4;

std::string lower_case(std::string text) {
  for (char& c : text)
    c = to_lower(c);
  return text;
}

} // namespace

Fingerprint::Fingerprint(const PublishRequest& request) {
  visit_fields(request,
               [this](MessageField field, std::string_view text) { add(static_cast<std::uint8_t>(field), text); });
}

void Fingerprint::add(std::uint8_t field, std::string_view text) {
  // Far apart, so that one short text of one field is not another text of another.
  auto hash = TextHash((field + 1u) * 0xd1342543de82ef95u)(text);
  // The upper bits are those that every byte has changed.
  for (int each = 0; each < bits_of_a_text; ++each, hash <<= 8)
    words_[hash >> 62] |= std::uint64_t{1} << (hash >> 56 & 63);
}

FingerprintFilter::FingerprintFilter(const MessageFilter& filter) : none_(filter.none) {
  visit_parts(filter, [this](MessageField field, const std::vector<std::string>& texts) {
    if (texts.empty())
      return;
    auto& part = parts_.emplace_back(texts.size());
    for (std::size_t each = 0; each < texts.size(); ++each)
      part[each].add(static_cast<std::uint8_t>(field),
                     field == MessageField::host ? lower_case(texts[each]) : texts[each]);
  });
}

bool FingerprintFilter::may_match(const Fingerprint& message) const {
  return !none_ && std::all_of(parts_.begin(), parts_.end(), [&](const auto& part) {
    return std::any_of(part.begin(), part.end(), [&](const Fingerprint& text) { return message.covers(text); });
  });
}

} // namespace sluice::core
