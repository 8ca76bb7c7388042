// Writes a JSON object piece by piece, for what the core itself says to others. Not a general JSON library.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sluice/message.hpp"

namespace sluice {

class JsonObject {
public:
  void text(std::string_view name, std::string_view value);
  void number(std::string_view name, std::int64_t value);
  /// Header names in their usual case, each with the list of its values.
  void headers(std::string_view name, const Headers& headers);
  std::string finish() && { return std::move(out_) + '}'; }

private:
  void begin(std::string_view name);

  std::string out_ = "{";
};

/// `text` between quotes; in what is no UTF-8 each byte that is no ASCII becomes U+FFFD.
std::string quoted_json(std::string_view text);
/// What stands between quotes for UTF-8, or for a part of it that begins and ends anywhere.
std::string escaped_json(std::string_view text);

} // namespace sluice
