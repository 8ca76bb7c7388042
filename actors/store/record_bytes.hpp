// Numbers and texts as bytes: what the records of the durable store are made of.
//
// Small numbers are short (seven bits a byte); texts carry their length. A reader never runs
// past its bytes: after the first thing that is not there it yields zeros and `complete` is false.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sluice/time.hpp"

namespace sluice {

class RecordWriter {
public:
  void byte(std::uint8_t value) { bytes_ += static_cast<char>(value); }
  void unsigned_number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7)
      byte(static_cast<std::uint8_t>(value | 0x80));
    byte(static_cast<std::uint8_t>(value));
  }
  /// Short for small values of either sign.
  void number(std::int64_t value) {
    unsigned_number((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void fixed(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8)
      byte(static_cast<std::uint8_t>(value >> shift));
  }
  void text(std::string_view value) {
    unsigned_number(value.size());
    bytes_ += value;
  }
  void time(WallTime value) { number(value.time_since_epoch().count()); }
  void duration(Duration value) { number(value.count()); }

  void clear() { bytes_.clear(); }
  std::string& bytes() { return bytes_; }

private:
  std::string bytes_;
};

class RecordReader {
public:
  explicit RecordReader(std::string_view bytes) : bytes_(bytes) {}

  std::uint8_t byte() {
    if (bytes_.empty()) {
      failed_ = true;
      return 0;
    }
    auto value = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return value;
  }
  std::uint64_t unsigned_number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      auto part = byte();
      value |= static_cast<std::uint64_t>(part & 0x7f) << shift;
      if (part < 0x80)
        return value;
    }
    failed_ = true;
    return 0;
  }
  std::int64_t number() {
    auto value = unsigned_number();
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  std::uint64_t fixed() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 8)
      value |= static_cast<std::uint64_t>(byte()) << shift;
    return value;
  }
  std::string_view text() {
    auto size = unsigned_number();
    if (size > bytes_.size()) {
      failed_ = true;
      return {};
    }
    auto value = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return value;
  }
  WallTime time() { return WallTime{std::chrono::milliseconds{number()}}; }
  Duration duration() { return Duration{number()}; }

  /// For records that do not make sense although all of their bytes are there.
  void fail() { failed_ = true; }
  bool failed() const { return failed_; }
  bool empty() const { return bytes_.empty() || failed_; }
  std::string_view rest() const { return bytes_; }
  /// Everything was there, and nothing is left.
  bool complete() const { return !failed_ && bytes_.empty(); }

private:
  std::string_view bytes_;
  bool failed_ = false;
};

} // namespace sluice
