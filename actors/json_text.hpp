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

/// Adds `text` between quotes; in what is no UTF-8 each byte that is no ASCII becomes U+FFFD.
void append_quoted_json(std::string& out, std::string_view text);
std::string quoted_json(std::string_view text);

} // namespace sluice
