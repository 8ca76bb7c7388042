// What a message could be selected by, in 32 bytes: a Bloom filter over the texts of its fields.
//
// A message that matches a filter always may match by its fingerprint; of those that do not, one in
// some thousands does too. So a search looks at few messages in vain.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sluice/message.hpp"
#include "sluice/message_filter.hpp"

namespace sluice::core {

class Fingerprint {
public:
  Fingerprint() = default; ///< Of nothing.
  explicit Fingerprint(const PublishRequest& request);

  /// True if everything that was put into `part` is here.
  bool covers(const Fingerprint& part) const {
    for (std::size_t each = 0; each < words_.size(); ++each)
      if ((part.words_[each] & ~words_[each]) != 0)
        return false;
    return true;
  }

private:
  friend class FingerprintFilter;
  void add(std::uint8_t field, std::string_view text);

  std::array<std::uint64_t, 4> words_{};
};

/// A MessageFilter without its times, made ready to be asked about many fingerprints.
class FingerprintFilter {
public:
  explicit FingerprintFilter(const MessageFilter& filter);

  bool may_match(const Fingerprint& message) const;

private:
  bool none_;
  std::vector<std::vector<Fingerprint>> parts_; ///< One of each must be covered.
};

} // namespace sluice::core
