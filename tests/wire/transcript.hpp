// Feeds bytes to a RequestReader and writes down what came out, one line per event.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "http/wire/request_reader.hpp"

namespace sluice::test {

inline std::string to_line(http::RequestReader& reader) {
  std::string line{reader.method()};
  line.append(" ").append(reader.target());
  for (auto& [name, value] : reader.headers())
    line.append(" ").append(name).append("=").append(value);
  line.append(" [").append(reader.take_body()).append("]");
  return line + (reader.facts().keep_alive ? "\n" : " close\n");
}

/// Gives `reader` one piece and appends every request that it completes. False once it refused.
inline bool feed(http::RequestReader& reader, std::string_view piece, std::string& transcript) {
  while (!piece.empty()) {
    auto space = reader.space();
    auto count = std::min(space.size(), piece.size());
    std::memcpy(space.data(), piece.data(), count);
    piece.remove_prefix(count);
    auto progress = reader.commit(count);
    for (; progress == http::ReadProgress::complete; progress = reader.next())
      transcript += to_line(reader);
    if (progress == http::ReadProgress::refused) {
      transcript += std::to_string(reader.refusal().status) + " " + std::string(reader.refusal().text) + "\n";
      return false;
    }
  }
  return true;
}

/// Ends with `more` if the bytes stop inside a request.
inline std::string transcript_of(std::string_view bytes, std::size_t piece_size = std::string_view::npos,
                                 http::RequestLimits limits = {}) {
  http::RequestReader reader(limits);
  std::string transcript;
  while (!bytes.empty()) {
    auto piece = bytes.substr(0, piece_size);
    bytes.remove_prefix(piece.size());
    if (!feed(reader, piece, transcript))
      return transcript;
  }
  return reader.is_idle() ? transcript : transcript + "more\n";
}

/// The same bytes in two pieces.
inline std::string transcript_of_split(std::string_view bytes, std::size_t position, http::RequestLimits limits = {}) {
  http::RequestReader reader(limits);
  std::string transcript;
  if (!feed(reader, bytes.substr(0, position), transcript) || !feed(reader, bytes.substr(position), transcript))
    return transcript;
  return reader.is_idle() ? transcript : transcript + "more\n";
}

} // namespace sluice::test
